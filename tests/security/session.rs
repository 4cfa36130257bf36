//! A session of its own, as the runner of a test suite has it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use fixtured_tests::{eventually, without_runner};

/// A session with daemons in it, until it is dropped.
pub(super) struct Session {
    runner: Child,
    /// What the runner tells about each daemon.
    daemons: Vec<serde_json::Value>,
}

impl Session {
    pub(super) fn start(variables: &[(&str, &str)], names: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.arg("own").args(names);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    pub(super) fn of(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut runner = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut daemons = Vec::new();
        for line in BufReader::new(runner.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "ready" {
                return Ok(Self { runner, daemons });
            }
            daemons.push(serde_json::from_str(&line).unwrap());
        }
        let mut problem = String::new();
        let mut errors = runner.stderr.take().unwrap();
        errors.read_to_string(&mut problem).unwrap();
        runner.wait().unwrap();
        Err(problem)
    }

    pub(super) fn dir(&self, daemon: usize) -> PathBuf {
        self.daemons[daemon]["dir"].as_str().unwrap().into()
    }

    /// The session's own directory.
    pub(super) fn own(&self) -> PathBuf {
        let log = Path::new(self.daemons[0]["log"].as_str().unwrap());
        log.parent().unwrap().into()
    }

    pub(super) fn pid(&self, daemon: usize) -> u32 {
        let pid = self.daemons[daemon]["pid"].as_u64().unwrap();
        pid.try_into().unwrap()
    }

    pub(super) fn value(&self, daemon: usize, name: &str) -> &str {
        self.daemons[daemon]["values"][name].as_str().unwrap()
    }

    /// Ends the runner, whatever becomes of its daemons.
    pub(super) fn end_runner(&mut self) {
        drop(self.runner.stdin.take());
        let _ = self.runner.wait();
    }

    pub(super) fn port(&self, daemon: usize) -> u16 {
        let port = self.daemons[daemon]["ports"][""].as_u64().unwrap();
        port.try_into().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end_runner();
        // The session's lists may be in a directory that its test is about to remove.
        let mut dirs = vec![self.own()];
        for daemon in 0..self.daemons.len() {
            let dir = self.dir(daemon);
            dirs.extend([dir.parent().unwrap().into(), dir]);
        }
        if !thread::panicking() {
            eventually("nothing is left of the session", || {
                let gone = |dir: &PathBuf| fs::symlink_metadata(dir).is_err();
                dirs.iter().all(gone).then_some(())
            });
        }
    }
}
