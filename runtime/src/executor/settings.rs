//! The settings of all executors.

use std::path::Path;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::daemons::{Period, Program};
use crate::launch::{Input, Output};

/// Settings.
impl<K: Kind> ExecutorOf<K> {
    pub(super) fn of(program: Program, kind: K) -> Self {
        Self {
            program,
            kind,
            wired: false,
            started: None,
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(Program) -> Program) -> Self {
        self.program = change(self.program);
        self
    }

    /// Set the name in messages and of the log. Default: the program's file name.
    pub fn named(self, name: impl Into<String>) -> Self {
        self.with(|program| program.named(name))
    }

    /// Set the working directory. Default: that of this process.
    pub fn cwd(self, path: impl AsRef<Path>) -> Self {
        self.with(|program| program.cwd(path))
    }

    /// Run the command with `/bin/sh`. Default: no.
    pub fn shell(self, shell: bool) -> Self {
        self.with(|program| program.shell(shell))
    }

    /// Limit the time of the whole start, and of each [`wait_for`](Self::wait_for): a [`Duration`](std::time::Duration) or a string such as
    /// `"30s"`. Default: 60 s.
    pub fn timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.timeout(timeout))
    }

    /// Wait this long after the stop signal before killing. Default: 10 s, or the timeout if that is shorter.
    pub fn grace(self, grace: impl Period) -> Self {
        self.with(|program| program.grace(grace))
    }

    /// Stop the process with this signal. Default: `SIGTERM`.
    pub fn stop_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.stop_signal(signal))
    }

    /// Use this signal for [`kill`](Self::kill) and after the grace period. Default: `SIGKILL`.
    pub fn kill_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.kill_signal(signal))
    }

    /// Also treat this exit as success, besides status 0 and death by the stop signal: an exit status, or a negative signal number as in
    /// Python (`-9` is SIGKILL).
    pub fn expected_returncode(self, code: i32) -> Self {
        self.with(|program| program.expected_returncode(code))
    }

    /// Set an environment variable.
    pub fn env(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envs([(name, value)])
    }

    /// Set environment variables.
    pub fn envs<N: Into<String>, V: Into<String>>(
        self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.env(variables))
    }

    /// Remove an environment variable, inherited or set earlier.
    pub fn env_remove(self, name: impl Into<String>) -> Self {
        self.with(|program| program.env_remove(name))
    }

    /// Inherit the environment of this process. Default: yes. Otherwise the command gets little more than `PATH` and `HOME`.
    pub fn inherit_env(self, inherit: bool) -> Self {
        self.with(|program| program.inherit_env(inherit))
    }

    /// Set the standard input. Default: [`Input::Empty`].
    pub fn stdin(self, stdin: Input) -> Self {
        self.with(|program| program.stdin(stdin))
    }

    /// Set where standard output goes. Default: [`Output::Log`], which [`output`](Self::output) reads.
    pub fn stdout(self, stdout: Output) -> Self {
        self.with(|program| program.stdout(stdout))
    }

    /// Set where standard error goes. Default: [`Output::Apart`], which [`err_output`](Self::err_output) reads. With [`Output::Log`] it is mixed
    /// with standard output.
    pub fn stderr(self, stderr: Output) -> Self {
        self.with(|program| program.stderr(stderr))
    }

    /// Keep the newest `bytes` bytes of standard output, and as many of standard error. Default: 64 MiB. A fast writer may exceed the limit
    /// briefly.
    pub fn output_limit(self, bytes: u64) -> Self {
        self.with(|program| program.output_limit(bytes))
    }

    /// Put a [`wire`](Self::wire) between clients and the process: [`port`](Self::port) and [`url`](Self::url) are those of the wire then.
    /// Default: none. It takes effect with the next start.
    pub fn wired(mut self) -> Self {
        self.wired = true;
        self
    }

    /// Accept a listener that is not a descendant of the process, such as a container engine's proxy. Default: no; such a listener is
    /// [`ErrorKind::AlreadyRunning`](crate::ErrorKind::AlreadyRunning).
    pub fn external_listener(self, accepted: bool) -> Self {
        self.with(|program| program.external_listener(accepted))
    }
}
