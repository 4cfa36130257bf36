//! Why a process has not become ready.

use std::time::Duration;

use crate::error::{Cause, End, LogTail};

/// Why a wait failed.
#[derive(Debug, PartialEq)]
pub(crate) enum NotReady {
    Ended(End),
    /// Another process of the daemon ended, the one with this ID.
    OtherEnded(u32, End),
    Unwanted,
    /// The deadline passed, and this was still missing.
    Deadline(String),
    Failed(String),
}

/// The process that the wait was for.
#[derive(Debug)]
pub(crate) struct ProcessInfo {
    pub(crate) name: String,
    pub(crate) command: String,
    /// The process ID, unless the server runs outside fixtured.
    pub(crate) pid: Option<u32>,
    /// The timeout of the start.
    pub(crate) timeout: Duration,
    pub(crate) log: LogTail,
}

impl NotReady {
    /// The error that users see.
    pub(crate) fn cause(self, waited: ProcessInfo) -> Cause {
        let ProcessInfo {
            name,
            command,
            pid,
            timeout,
            log,
        } = waited;
        match (self, pid) {
            (Self::Deadline(missing), Some(pid)) => Cause::NotReady {
                name,
                command,
                after: timeout,
                missing,
                stopped: format!("pid {pid} and all its descendants"),
                log,
            },
            (Self::Deadline(missing), None) => Cause::NotFound {
                name,
                after: timeout,
                missing,
            },
            (Self::Failed(reason), _) => Cause::Check {
                name,
                command,
                reason,
                log,
            },
            (Self::Ended(end) | Self::OtherEnded(_, end), _) => Cause::Exited {
                name,
                command,
                end,
                log,
            },
            (Self::Unwanted, _) => Cause::SessionEnded {
                why: format!("`{name}` was no longer needed while it was starting"),
            },
        }
    }
}
