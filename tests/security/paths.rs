//! Paths that sessions must cope with.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use fixtured_tests::{eventually, scratch_directory, without_runner};

use super::mode;
use super::session::Session;

/// Starts a daemon with a unix socket in this directory, talks to it there, and looks what is left.
fn works_in(root: &Path, variable: &str, value: &str, cwd: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    without_runner(&mut command);
    command.env_remove("TMPDIR").current_dir(cwd);
    command
        .args(["own", "redis", "postgres"])
        .env(variable, value);
    let session =
        Session::of(command).unwrap_or_else(|error| panic!("{variable}={value}: {error}"));
    let socket = session.dir(0).join("socket");
    let mut redis = UnixStream::connect(&socket).unwrap();
    redis.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 7];
    redis.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
    let dirs = [session.own(), session.dir(0), session.dir(1)];
    drop((redis, session));
    eventually("nothing is left", || {
        let left = dirs.iter().any(|dir| fs::symlink_metadata(dir).is_ok());
        let in_root = fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some());
        (!left && !in_root).then_some(())
    });
}

#[test]
fn line_17_long_and_strange_paths_work() {
    let scratch = scratch_directory("p").unwrap();
    mode(&scratch, 0o755);
    let scratch_length = scratch.as_os_str().len();
    let of_length = |length: usize| "x".repeat(length.saturating_sub(scratch_length + 1).max(1));
    for name in [
        of_length(61),
        of_length(76),
        of_length(122),
        of_length(200),
        "with space".into(),
        "it's \"quoted\"".into(),
        "{port} {dir} %s $HOME #;".into(),
        "\u{fc}ml\u{e4}ut".into(),
    ] {
        let root = scratch.join(name);
        fs::create_dir(&root).unwrap();
        mode(&root, 0o755);
        for variable in ["FIXTURED_DIR", "TMPDIR"] {
            works_in(&root, variable, root.to_str().unwrap(), &scratch);
        }
    }
}

#[test]
fn relative_and_empty_paths_work() {
    let scratch = scratch_directory("relative").unwrap();
    mode(&scratch, 0o755);
    let root = scratch.join("here");
    fs::create_dir(&root).unwrap();
    for variable in ["FIXTURED_DIR", "TMPDIR"] {
        works_in(&root, variable, "here", &scratch);
        works_in(&root, variable, "./here/../here", &scratch);
        works_in(&root, variable, "", &scratch);
    }
}
