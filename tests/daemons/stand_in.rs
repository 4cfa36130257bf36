//! A daemon with another program in the place of its own.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use fixtured_tests::{Scratch, scratch_directory, without_runner};
use serde_json::Value;

/// A session in which two tests share a daemon, until this is dropped.
pub(crate) struct StandIn {
    session: Child,
    /// What each of the two is told.
    pub(crate) told: Vec<Value>,
    _programs: Scratch,
}

impl StandIn {
    /// Starts the daemon, whose program of this name is a script for the shell.
    pub(crate) fn new(daemon: &str, program: &str, script: &str) -> Self {
        let programs = scratch_directory(program).unwrap();
        let path = programs.join(program);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.args(["shared", daemon, daemon]);
        let variable = format!("FIXTURED_{}_BIN", daemon.to_uppercase());
        command.env(variable, &*programs).stdin(Stdio::piped());
        let mut session = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(session.stdout.take().unwrap()).lines();
        let lines = lines.map(Result::unwrap).take_while(|line| line != "ready");
        let told: Vec<_> = lines
            .map(|line| serde_json::from_str(&line).unwrap())
            .collect();
        assert_eq!(told.len(), 2, "both are told");
        Self {
            session,
            told,
            _programs: programs,
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.session.stdin.take());
        let _ = self.session.wait();
    }
}
