//! What can be set on every executor.

use std::path::Path;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::daemons::{Period, Program};
use crate::launch::{Input, Output};

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

    /// The name in messages and of the log. Default: that of the program's file.
    pub fn named(self, name: impl Into<String>) -> Self {
        self.with(|program| program.named(name))
    }

    /// The working directory. Default: that of this process.
    pub fn cwd(self, path: impl AsRef<Path>) -> Self {
        self.with(|program| program.cwd(path))
    }

    /// Whether `/bin/sh` interprets the command. Default: no.
    pub fn shell(self, shell: bool) -> Self {
        self.with(|program| program.shell(shell))
    }

    /// How long the start may take, all its steps together, and each [`wait_for`](Self::wait_for): a [`Duration`](std::time::Duration) or a
    /// text such as `"30s"`. Default: 60 s.
    pub fn timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.timeout(timeout))
    }

    /// How long a stop waits after the stop signal before it kills. Default: 10 s, or the timeout if that is shorter.
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

    /// How the process may end as well, besides exit status 0 and death by the stop signal: with this exit status, or by the signal with
    /// this number as a negative one. So -9 means SIGKILL, as in Python.
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

    /// Removes a variable from the environment, also one that was set here before.
    pub fn env_remove(self, name: impl Into<String>) -> Self {
        self.with(|program| program.env_remove(name))
    }

    /// Whether the environment is that of this process, rather than little more than `PATH` and `HOME`. Default: yes.
    pub fn inherit_env(self, inherit: bool) -> Self {
        self.with(|program| program.inherit_env(inherit))
    }

    /// What the process reads. Default: nothing, [`Input::Empty`].
    pub fn stdin(self, stdin: Input) -> Self {
        self.with(|program| program.stdin(stdin))
    }

    /// Where standard output goes. Default: [`Output::Log`], which [`output`](Self::output) reads.
    pub fn stdout(self, stdout: Output) -> Self {
        self.with(|program| program.stdout(stdout))
    }

    /// Where standard error goes. Default: [`Output::Apart`], which [`err_output`](Self::err_output) reads; with [`Output::Log`] it comes among
    /// standard output.
    pub fn stderr(self, stderr: Output) -> Self {
        self.with(|program| program.stderr(stderr))
    }

    /// How many bytes are kept of what the process prints, the newest, of standard output and of standard error each. Default: 64 MiB.
    /// A fast writer may exceed it for moments.
    pub fn output_limit(self, bytes: u64) -> Self {
        self.with(|program| program.output_limit(bytes))
    }

    /// Whether the listener that makes the process ready may be one that does not descend from it: the proxy of a container engine, say.
    /// Default: no; then such a listener is [`ErrorKind::AlreadyRunning`](crate::ErrorKind::AlreadyRunning). Only Linux can tell.
    pub fn external_listener(self, accepted: bool) -> Self {
        self.with(|program| program.external_listener(accepted))
    }
}
