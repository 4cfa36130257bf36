//! A crate outside the workspace that uses nothing but `fixtured` and a client, as root and as an ordinary user.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use fixtured_tests::{Scratch, eventually, processes, scratch_directory, without_runner};

const TEST: &str = r#"
use fixtured::{fixture, with_daemon};
use postgres::{Client, NoTls};

fn write_and_read(url: &str) -> i32 {
    let mut client = Client::connect(url, NoTls).unwrap();
    client.batch_execute("CREATE TABLE note (n integer); INSERT INTO note VALUES (42)").unwrap();
    client.query_one("SELECT n FROM note", &[]).unwrap().get(0)
}

#[fixture(postgres)]
#[test]
fn one(url: &str) {
    assert_eq!(write_and_read(url), 42);
}

#[fixture(postgres)]
#[test]
fn two(url: &str) {
    assert_eq!(write_and_read(url), 42);
}

#[fixture(redis)]
#[fixture(memcached)]
#[with_daemon("python3 -m http.server {port} --bind 127.0.0.1", http = "http://127.0.0.1:{port}/")]
#[test]
fn three(redis_port: u16, memcached_port: u16, python3_url: &str) {
    assert!(redis_port != memcached_port && python3_url.starts_with("http://"));
}
"#;

/// Writes the crate, and returns its directory.
fn write() -> Scratch {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let directory = scratch_directory("scratch").unwrap();
    let manifest = format!(
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dev-dependencies]\n\
         fixtured = {{ path = {:?} }}\npostgres = {{ version = \"0.19\", default-features = false }}\n",
        root.join("runtime")
    );
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    // The versions that are tested elsewhere, and that are on this machine.
    fs::copy(root.join("Cargo.lock"), directory.join("Cargo.lock")).unwrap();
    fs::create_dir_all(directory.join("src")).unwrap();
    fs::create_dir_all(directory.join("tests")).unwrap();
    fs::write(directory.join("src/lib.rs"), "").unwrap();
    fs::write(directory.join("tests/notes.rs"), TEST).unwrap();
    directory
}

fn cargo(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).arg("--offline").current_dir(directory);
    without_runner(&mut command);
    command.env(
        "CARGO_TARGET_DIR",
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("scratch"),
    );
    command
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout.into_owned() + &stderr
}

#[test]
fn a_crate_outside_the_workspace_passes() {
    let directory = write();
    let output = succeed(&mut cargo(&directory, &["test"]));
    assert!(output.contains("3 passed"), "{output}");
    let output = succeed(&mut cargo(&directory, &["nextest", "run"]));
    assert!(
        output.contains("3 passed") && !output.contains("LEAK"),
        "{output}"
    );
    if nix::unistd::geteuid().is_root() {
        passes_as_nobody(&directory);
    }
}

/// Runs the test binary as an ordinary user, with a home of its own.
fn passes_as_nobody(directory: &Path) {
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    let messages = succeed(&mut cargo(
        directory,
        &[
            "test",
            "--no-run",
            "--test",
            "notes",
            "--message-format=json",
        ],
    ));
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| Some(message["executable"].as_str()?.to_owned()))
        .unwrap();
    let home = scratch_directory("home").unwrap();
    // The target directory may be one that others cannot enter.
    let program = home.join("notes");
    fs::copy(executable, &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    chown(&home, Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw())).unwrap();
    let mut command = Command::new(&program);
    without_runner(&mut command);
    command
        .env("HOME", home.as_os_str())
        .env_remove("XDG_CACHE_HOME")
        .current_dir("/");
    command.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw());
    let output = succeed(&mut command);
    assert!(output.contains("3 passed"), "{output}");
    assert!(home.join(".cache/fixtured").is_dir());
    // A session of root's may keep the data of a server that runs as the same user beside its own.
    let of_root = |session: &OsStr| {
        std::env::temp_dir()
            .join("fixtured-0")
            .join(session)
            .exists()
    };
    eventually("its directories are gone", || {
        let roots = [std::env::temp_dir(), "/dev/shm".into()];
        let sessions = roots
            .iter()
            .flat_map(|root| fs::read_dir(root.join(format!("fixtured-{}", nobody.uid))));
        let left = sessions
            .flatten()
            .flatten()
            .any(|session| !of_root(&session.file_name()));
        let running = processes()
            .iter()
            .any(|process| process.command.contains(home.to_str().unwrap()));
        (!left && !running).then_some(())
    });
}
