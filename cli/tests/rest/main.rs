//! The command line, without `run`: what it prints, and what it does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod completions;
mod doctor;
mod install;
mod list;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The program, with a small environment of its own.
fn fixtured<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixtured"));
    command.args(args);
    for name in ["FIXTURED_SESSION", "FIXTURED_PID", "NEXTEST_RUN_ID"] {
        command.env_remove(name);
    }
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

/// A directory that is removed with this.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("fixtured-rest-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    /// Puts a program there that does this.
    fn program(&self, name: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
