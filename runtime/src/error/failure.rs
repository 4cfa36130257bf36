//! The error that users see.

use std::fmt::{self, Display, Formatter};

use super::cause::Cause;
use super::end::End;
use super::log_tail::LogTail;
use super::message::{self, Message};
use super::refused::Reason;

/// Why a daemon could not be started, used or stopped.
///
/// `Display` shows what failed, the command, how it ended, the end of its log, and what to do. `Debug` shows the same, so that
/// `unwrap()` prints readable text.
#[derive(Clone)]
pub struct Error(Box<Cause>);

/// A [`Result`](std::result::Result) with our [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of error, named as in mirakuru where it has the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A program is not installed.
    NotInstalled,
    /// The readiness already held before the start, or another process made it hold.
    AlreadyRunning,
    /// The process exited with an error before it was ready.
    ProcessExitedWithError,
    /// The process exited before it was stopped, or did not stop as expected.
    ProcessFinishedWithError,
    /// The process was not ready in time.
    TimeoutExpired,
    /// An option has an invalid value.
    InvalidInput,
    /// The test run or its supervisor has ended.
    SessionEnded,
    /// Anything else, as the message says.
    Other,
}

impl Error {
    /// The kind of error.
    pub fn kind(&self) -> ErrorKind {
        match self.0.root() {
            Cause::NotInstalled { .. } => ErrorKind::NotInstalled,
            Cause::AlreadyRunning { .. } => ErrorKind::AlreadyRunning,
            Cause::Exited { .. } => ErrorKind::ProcessExitedWithError,
            Cause::Finished { .. } => ErrorKind::ProcessFinishedWithError,
            Cause::NotReady { .. } | Cause::NotFound { .. } | Cause::NoAnswer { .. } => {
                ErrorKind::TimeoutExpired
            }
            Cause::Isolate { refused, .. } if refused.reason == Reason::Late => {
                ErrorKind::TimeoutExpired
            }
            Cause::Invalid { .. } => ErrorKind::InvalidInput,
            Cause::SessionEnded { .. } => ErrorKind::SessionEnded,
            Cause::Unusable { .. }
            | Cause::Spawn { .. }
            | Cause::Check { .. }
            | Cause::Isolate { .. }
            | Cause::Io { .. }
            | Cause::Remains { .. } => ErrorKind::Other,
        }
    }

    /// The exit status of the process, if it has exited with one.
    pub fn code(&self) -> Option<i32> {
        self.0.end().and_then(End::code)
    }

    /// The number of the signal that killed the process, if one did: 9 for SIGKILL. Python's `returncode` shows it as a negative number.
    pub fn signal(&self) -> Option<i32> {
        self.0.end().and_then(End::signal)
    }

    /// The command that failed, as it would be typed in a shell.
    pub fn command(&self) -> Option<&str> {
        self.0.command()
    }

    /// The end of the daemon's log at the time of the error.
    ///
    /// The file itself is removed after the test run at the latest.
    pub fn log(&self) -> Option<&LogTail> {
        self.0.log()
    }

    /// The missing program of an [`ErrorKind::NotInstalled`].
    pub fn program(&self) -> Option<&str> {
        match self.0.root() {
            Cause::NotInstalled { program, .. } => Some(program),
            _ => None,
        }
    }

    /// The IDs of processes that could not be killed and may still be running, e.g. because they changed their user.
    pub fn remains(&self) -> &[u32] {
        match &*self.0 {
            Cause::Remains { pids, .. } => pids,
            _ => &[],
        }
    }

    /// The message in parts, for programs that show it in their own way. No promise is made about it.
    #[doc(hidden)]
    pub fn message(&self) -> Message {
        Message::of(&self.0)
    }

    /// Why a daemon cannot be started, without its name. No promise is made about it.
    #[doc(hidden)]
    pub fn reason(&self) -> String {
        message::reason(self.0.root())
    }

    /// Returns whether a missing program was not found in any version, and the user has not set its location. No promise is made about it.
    #[doc(hidden)]
    pub fn is_nowhere(&self) -> bool {
        matches!(self.0.root(), Cause::NotInstalled { others, get, .. }
            if others.is_empty() && get.as_ref().is_none_or(|get| !get.set))
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Box::new(cause))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
