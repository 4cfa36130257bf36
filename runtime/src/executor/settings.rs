//! What can be set on every executor.

use std::path::Path;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::daemons::{Period, Program};

/// The settings.
impl<K: Kind> ExecutorOf<K> {
    pub(super) fn of(program: Program, kind: K) -> Self {
        Self {
            program,
            kind,
            started: None,
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(Program) -> Program) -> Self {
        self.program = change(self.program);
        self
    }

    /// The working directory. Default: that of this process.
    pub fn cwd(self, path: impl AsRef<Path>) -> Self {
        self.with(|program| program.cwd(path.as_ref()))
    }

    /// Whether `/bin/sh` interprets the command. Default: no.
    pub fn shell(self, shell: bool) -> Self {
        self.with(|program| program.shell(shell))
    }

    /// How long the start may take, all its steps together: a [`Duration`](std::time::Duration) or a text such as `"30s"`. Default: 1 hour.
    pub fn timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.timeout(timeout))
    }

    /// How long a stop waits before it kills. Default: 10 s.
    pub fn grace(self, grace: impl Period) -> Self {
        self.with(|program| program.grace(grace))
    }

    /// The signal that asks the process to end. Default: `SIGTERM`.
    pub fn stop_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.stop_signal(signal))
    }

    /// The signal of [`kill`](Self::kill), and for what is left after the grace period. Default: `SIGKILL`.
    pub fn kill_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.kill_signal(signal))
    }

    /// The exit status that counts as well ended, besides 0 and death by the stop signal.
    pub fn expected_returncode(self, code: i32) -> Self {
        self.with(|program| program.expected_returncode(code))
    }

    /// A variable that is set on top of this process's environment.
    pub fn env(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envs([(name, value)])
    }

    /// Variables that are set on top of this process's environment.
    pub fn envs<N: Into<String>, V: Into<String>>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.env(variables))
    }
}
