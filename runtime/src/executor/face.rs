//! The executors, one per readiness condition.

use std::fmt;
use std::path::Path;

use super::kind;
use super::process::ExecutorOf;
use crate::daemons::{IntoCommandLine, Period, Program};
use crate::launch::Output;
use crate::ready::Readiness;

/// Ready when the process has been started.
pub type SimpleExecutor = ExecutorOf<kind::Simple>;
/// Ready when a line of its output matches a regular expression.
pub type OutputExecutor = ExecutorOf<kind::Output>;
/// Ready when `host:port` accepts a connection. The listener must be the process or one of its descendants.
pub type TcpExecutor = ExecutorOf<kind::Tcp>;
/// Ready when a Unix socket accepts a connection.
pub type UnixSocketExecutor = ExecutorOf<kind::UnixSocket>;
/// Ready when an HTTP request returns an accepted status. The listener must be the process or one of its descendants.
pub type HttpExecutor = ExecutorOf<kind::Http>;
/// Ready when a file exists.
pub type PidExecutor = ExecutorOf<kind::Pid>;
/// Ready when a custom [`Readiness`] holds.
pub type Executor = ExecutorOf<kind::Own>;

impl SimpleExecutor {
    /// Runs a command: a string that is split into words like in a shell, a list of words, or the path of a program.
    pub fn new(command: impl IntoCommandLine) -> Self {
        Self::of(program(command), kind::Simple(()))
    }
}

impl OutputExecutor {
    /// Runs a command and waits until a line of its output matches the regular expression `banner`.
    pub fn new(command: impl IntoCommandLine, banner: impl Into<String>) -> Self {
        Self::of(program(command).output(banner), kind::Output(()))
    }
}

impl TcpExecutor {
    /// Runs a command and waits until it accepts connections on this address.
    pub fn new(
        command: impl IntoCommandLine,
        host: impl fmt::Display,
        port: impl fmt::Display,
    ) -> Self {
        Self::of(
            program(command).tcp(format!("{host}:{port}")),
            kind::Tcp(()),
        )
    }
}

impl UnixSocketExecutor {
    /// Runs a command and waits until it accepts connections on this socket.
    pub fn new(command: impl IntoCommandLine, path: impl AsRef<Path>) -> Self {
        Self::of(program(command).unix_socket(path), kind::UnixSocket(()))
    }
}

impl HttpExecutor {
    /// Runs a command and waits until a request to this URL returns an accepted status.
    pub fn new(command: impl IntoCommandLine, url: impl Into<String>) -> Self {
        Self::of(program(command).http(url), kind::Http(()))
    }

    /// Accept this status: a number, or a regular expression that the whole code matches. Default: `2\d\d`.
    pub fn status(self, status: impl fmt::Display) -> Self {
        self.with(|program| program.status(status))
    }

    /// Set the request method. Default: `HEAD`.
    pub fn method(self, method: impl Into<String>) -> Self {
        self.with(|program| program.method(method))
    }

    /// Add request headers.
    pub fn headers<N: Into<String>, V: Into<String>>(
        self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.headers(headers))
    }

    /// Wait this long for a response before trying again: a [`Duration`](std::time::Duration) or a string such as `"8s"`. Default: 0.3 s at
    /// first, growing to 5 s.
    pub fn request_timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.request_timeout(timeout))
    }

    /// Add form fields, sent as the request body.
    pub fn payload<N: Into<String>, V: Into<String>>(
        self,
        payload: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.payload(payload))
    }
}

impl PidExecutor {
    /// Runs a command and waits until this file exists. With an empty path, the start fails.
    pub fn new(command: impl IntoCommandLine, path: impl AsRef<Path>) -> Self {
        Self::of(program(command).pid_file(path), kind::Pid(()))
    }
}

impl Executor {
    /// Runs a command and waits until this condition holds. It is checked in this process.
    pub fn new(command: impl IntoCommandLine, readiness: impl Readiness + 'static) -> Self {
        Self::of(program(command), kind::Own(Box::new(readiness)))
    }
}

fn program(command: impl IntoCommandLine) -> Program {
    Program::new(command).stderr(Output::Apart)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::daemon::Daemon;
    use crate::launch::Site;

    #[test]
    fn a_start_may_take_a_minute() {
        let launch = program("x").launch(Site::symbolic());
        assert_eq!(launch.timeout, Duration::from_secs(60));
    }
}
