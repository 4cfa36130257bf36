//! The error that users see.

use std::fmt::{self, Display, Formatter};

use super::cause::Cause;
use super::end::End;

/// Why a daemon could not be started, used or stopped.
///
/// Its `Display` says what failed, with what command, how it ended, what it logged last, and what to do. `Debug` says the
/// same, so that `unwrap()` prints text.
#[derive(Clone)]
pub struct Error(Box<Cause>);

/// A [`Result`](std::result::Result) with our [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of error it was, under mirakuru's names where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A program is not installed.
    NotInstalled,
    /// What the readiness waits for was there before the start, or is somebody else's.
    AlreadyRunning,
    /// The process ended with an error while it was waited for.
    ProcessExitedWithError,
    /// The process did not end well when it was stopped.
    ProcessFinishedWithError,
    /// The process was not ready in time.
    TimeoutExpired,
    /// An option has an impossible value.
    InvalidInput,
    /// The test run has ended, or its supervisor has.
    SessionEnded,
    /// Anything else, as the message says.
    Other,
}

impl Error {
    /// What sort of error it was.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Cause::NotInstalled { .. } => ErrorKind::NotInstalled,
            Cause::AlreadyRunning { .. } => ErrorKind::AlreadyRunning,
            Cause::Exited { .. } => ErrorKind::ProcessExitedWithError,
            Cause::Finished { .. } => ErrorKind::ProcessFinishedWithError,
            Cause::NotReady { .. } | Cause::NotFound { .. } => ErrorKind::TimeoutExpired,
            Cause::Invalid { .. } => ErrorKind::InvalidInput,
            Cause::SessionEnded { .. } => ErrorKind::SessionEnded,
            Cause::Spawn { .. }
            | Cause::Check { .. }
            | Cause::Isolate { .. }
            | Cause::Io { .. } => ErrorKind::Other,
        }
    }

    /// The exit status of the process, if it has exited with one.
    pub fn code(&self) -> Option<i32> {
        match &*self.0 {
            Cause::Exited {
                end: End::Code(code),
                ..
            }
            | Cause::Finished {
                end: End::Code(code),
                ..
            } => Some(*code),
            _ => None,
        }
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
