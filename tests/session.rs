//! Which tests share, and where a session keeps its files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use fixtured::{Acquire, daemons};
use fixtured_tests::{Nested, cargo, eventually, scratch_directory, supervisor_of, without_runner};

/// Runs a process that acquires PostgreSQL, in a session of its own.
fn attach(environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
    without_runner(&mut command);
    command.envs(environment.iter().copied()).output().unwrap()
}

fn error(environment: &[(&str, &str)]) -> String {
    let output = attach(environment);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn everything_is_kept_where_the_user_says_and_removed() {
    let dir = scratch_directory("dir").unwrap();
    // Whoever the server runs as must be able to come by.
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o711)).unwrap();
    let mode = fs::metadata(&dir).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o711);
    // As another user, the server must also be able to make its directory there: that is done for it.
    let output = attach(&[("FIXTURED_DIR", dir.to_str().unwrap())]);
    assert!(output.status.success(), "{output:?}");
    eventually("nothing is left", || {
        fs::read_dir(&dir).unwrap().next().is_none().then_some(())
    });
}

#[test]
fn directories_and_socket_are_private() {
    let postgres = daemons::postgres().acquire().unwrap();
    let session = postgres.log().parent().unwrap();
    let mut private = vec![session, session.parent().unwrap(), postgres.dir()];
    private.extend([
        postgres.dir().parent().unwrap(),
        postgres.dir().parent().unwrap().parent().unwrap(),
    ]);
    for path in private {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o700,
            "{}",
            path.display()
        );
    }
    assert_eq!(
        fs::metadata(postgres.log()).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(supervisor_of(session).is_some());
}

#[test]
fn the_supervisor_holds_nothing_of_the_test() {
    let postgres = daemons::postgres().acquire().unwrap();
    let supervisor = supervisor_of(postgres.log().parent().unwrap()).unwrap();
    let descriptor =
        |number: u32| fs::read_link(format!("/proc/{}/fd/{number}", supervisor.pid)).unwrap();
    for number in 0..3 {
        assert_eq!(descriptor(number), Path::new("/dev/null"));
    }
    let stat = fs::read_to_string(format!("/proc/{}/stat", supervisor.pid)).unwrap();
    let session = stat
        .rsplit_once(") ")
        .unwrap()
        .1
        .split(' ')
        .nth(3)
        .unwrap()
        .to_owned();
    assert_eq!(session, supervisor.pid.to_string());
    assert_ne!(supervisor.parent, std::process::id());
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let text = error(&[("FIXTURED_DIR", "/proc/nowhere")]);
    assert!(
        text.contains("cannot use the directory `/proc/nowhere/fixtured-"),
        "{text}"
    );
    let text = error(&[("FIXTURED_SESSION", "no number")]);
    assert!(
        text.contains("FIXTURED_SESSION is `no number`, which is no running process"),
        "{text}"
    );
    // A directory that others can read may have been prepared by them.
    let dir = scratch_directory("open").unwrap();
    let inside = dir.join(format!("fixtured-{}", nix::unistd::geteuid()));
    fs::create_dir(&inside).unwrap();
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
    let text = error(&[("FIXTURED_DIR", dir.to_str().unwrap())]);
    assert!(
        text.contains("it belongs to somebody else, or others can read it"),
        "{text}"
    );
}

#[test]
fn listing_tests_starts_and_prints_nothing() {
    let dir = scratch_directory("listing").unwrap();
    let mut command = cargo(&[
        "test",
        "--workspace",
        "--offline",
        "--test",
        "forty_one",
        "--",
        "--list",
    ]);
    command.env("FIXTURED_DIR", dir.join("here"));
    let (passed, output) = Nested::start(command, &dir).unwrap().end().unwrap();
    assert!(
        passed && output.contains("t01: test") && !output.contains("fixtured:"),
        "{output}"
    );
    assert!(!dir.join("here").exists());
}
