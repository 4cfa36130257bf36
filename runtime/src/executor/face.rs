//! The executors by the sign that they wait for.

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
/// Ready when `host:port` accepts a connection. The listener must be the process or a descendant of it; only Linux can tell.
pub type TcpExecutor = ExecutorOf<kind::Tcp>;
/// Ready when a unix socket accepts a connection.
pub type UnixSocketExecutor = ExecutorOf<kind::UnixSocket>;
/// Ready when a request is answered with an accepted status. The listener must be the process or a descendant of it; only Linux can tell.
pub type HttpExecutor = ExecutorOf<kind::Http>;
/// Ready when a file exists.
pub type PidExecutor = ExecutorOf<kind::Pid>;
/// Ready when a [`Readiness`] of the user's own holds.
pub type Executor = ExecutorOf<kind::Own>;

impl SimpleExecutor {
    /// For a command: a text that is split as a shell would, a list of words, or the path of a program.
    pub fn new(command: impl IntoCommandLine) -> Self {
        Self::of(program(command), kind::Simple(()))
    }
}

impl OutputExecutor {
    /// For a command and a regular expression that a line of its output matches when it is ready.
    pub fn new(command: impl IntoCommandLine, banner: impl Into<String>) -> Self {
        Self::of(program(command).output(banner), kind::Output(()))
    }
}

impl TcpExecutor {
    /// For a command and the address on which it accepts connections when it is ready.
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
    /// For a command and the socket on which it accepts connections when it is ready.
    pub fn new(command: impl IntoCommandLine, path: impl AsRef<Path>) -> Self {
        Self::of(program(command).unix_socket(path), kind::UnixSocket(()))
    }
}

impl HttpExecutor {
    /// For a command and the URL under which it answers when it is ready.
    pub fn new(command: impl IntoCommandLine, url: impl Into<String>) -> Self {
        Self::of(program(command).http(url), kind::Http(()))
    }

    /// The accepted status: a number, or a regular expression for the whole code. Default: `2\d\d`.
    pub fn status(self, status: impl fmt::Display) -> Self {
        self.with(|program| program.status(status))
    }

    /// The method of the request. Default: `HEAD`.
    pub fn method(self, method: impl Into<String>) -> Self {
        self.with(|program| program.method(method))
    }

    /// Headers of the request.
    pub fn headers<N: Into<String>, V: Into<String>>(
        self,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.headers(headers))
    }

    /// How long one answer to the request may take before the server is asked anew: a [`Duration`](std::time::Duration) or a text such as `"8s"`. Default: 0.3 s
    /// at first, later up to 5 s.
    pub fn request_timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.request_timeout(timeout))
    }

    /// Fields of a form, sent as the body of the request.
    pub fn payload<N: Into<String>, V: Into<String>>(
        self,
        payload: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.with(|program| program.payload(payload))
    }
}

impl PidExecutor {
    /// For a command and the file that exists when it is ready. An empty path is an error of the start.
    pub fn new(command: impl IntoCommandLine, path: impl AsRef<Path>) -> Self {
        Self::of(program(command).pid_file(path), kind::Pid(()))
    }
}

impl Executor {
    /// For a command and a check of your own, which is made in this process.
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
