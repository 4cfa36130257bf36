//! Which tests share, and where a session keeps its files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
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
    let private = [session, session.parent().unwrap(), postgres.dir()];
    // The user that the server runs as comes through these, and may change nothing in them.
    let root = nix::unistd::geteuid().is_root();
    let way = [1, 2].map(|above| postgres.dir().ancestors().nth(above).unwrap());
    let all = private.map(|path| (path, 0o700)).into_iter();
    for (path, mode) in all.chain(way.map(|path| (path, if root { 0o711 } else { 0o700 }))) {
        let found = fs::metadata(path).unwrap();
        assert_eq!(found.mode() & 0o777, mode, "{}", path.display());
        let of_server = root && path == postgres.dir();
        let ours = found.uid() == nix::unistd::geteuid().as_raw();
        assert!(ours != of_server, "{}", path.display());
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
        text.contains(
            "cannot use the directory `/proc/nowhere`: it does not exist; set FIXTURED_DIR"
        ),
        "{text}"
    );
    let text = error(&[("FIXTURED_SESSION", "no number")]);
    assert!(
        text.contains("FIXTURED_SESSION is `no number`, which is not a running process"),
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
        "two_hundred_a",
        "--",
        "--list",
    ]);
    command.env("FIXTURED_DIR", dir.join("here"));
    let (passed, output) = Nested::start(command, &dir).unwrap().end().unwrap();
    assert!(
        passed && output.contains("a::t0: test") && !output.contains("fixtured:"),
        "{output}"
    );
    assert!(!dir.join("here").exists());
}
