//! The command line, without `run`: what it prints, and what it does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clean;
mod completions;
mod doctor;
mod install;
mod list;
mod logs;
mod status;
mod stop;
mod transcript;
mod world;

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use fixtured_tests::without_runner;

/// What a call of the program came to.
struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Said {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The program, which knows nothing of the test run around it.
fn fixtured<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixtured"));
    without_runner(&mut command);
    command.args(args);
    command
}

/// Calls the program.
fn said<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Said {
    of(&mut fixtured(args))
}

fn of(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Puts a program there that does this.
fn program(path: &Path, script: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}
