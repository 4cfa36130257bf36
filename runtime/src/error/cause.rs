//! What can go wrong.

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end::End;
use super::log_tail::LogTail;
use super::refused::{For, Part, Refused};
use super::room::explained;

/// All that can go wrong; it travels from the supervisor to the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cause {
    NotInstalled {
        name: String,
        program: String,
        searched: Vec<String>,
        /// The version that is wanted, and what there is of others.
        version: Option<String>,
        others: Vec<String>,
        get: Option<Get>,
    },
    /// A program that is there cannot be run, or a variable that names it is wrong.
    Unusable {
        name: String,
        problem: String,
        to_do: Option<String>,
    },
    AlreadyRunning {
        name: String,
        what: String,
        command: String,
        at: Contact,
        /// Who is there instead.
        holder: Option<String>,
    },
    Spawn {
        name: String,
        command: String,
        reason: String,
    },
    Exited {
        name: String,
        command: String,
        end: End,
        log: LogTail,
    },
    Finished {
        name: String,
        command: String,
        end: End,
        how: Unclean,
        log: LogTail,
    },
    NotReady {
        name: String,
        command: String,
        after: Duration,
        missing: String,
        stopped: String,
        log: LogTail,
    },
    NotFound {
        name: String,
        after: Duration,
        missing: String,
    },
    Check {
        name: String,
        command: String,
        reason: String,
        log: LogTail,
    },
    /// A test did not get its own part.
    Isolate {
        name: String,
        part: Part,
        whose: For,
        refused: Box<Refused>,
        /// How long was waited for it at most.
        after: Duration,
        log: LogTail,
    },
    Invalid {
        name: String,
        problem: String,
    },
    SessionEnded {
        why: String,
    },
    /// The supervisor, this process, has not answered in time.
    NoAnswer {
        supervisor: u32,
        after: Duration,
        is_stopped: bool,
    },
    Io {
        doing: String,
        reason: String,
    },
    /// One of the others, after which these processes could not be ended.
    Remains {
        cause: Box<Cause>,
        pids: Vec<u32>,
    },
}

/// Where one meets a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Contact {
    Port,
    Path,
    Other,
}

/// Why a stop was not a good one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Unclean {
    /// The process had ended before it was asked to.
    Before,
    /// It ended otherwise than it should.
    Badly,
    /// It did not heed this signal for so long, and was killed.
    Late { signal: i32, grace: Duration },
    /// It ended as it should, but not all that it had started.
    InPart,
    /// It goes on.
    Still,
}

/// How to get a program that is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Get {
    /// The commands that install it, the usual one first.
    pub(crate) install: Vec<String>,
    pub(crate) variable: String,
    /// Whether the variable is set, and so wrong.
    pub(crate) set: bool,
}

impl Cause {
    pub(crate) fn io(doing: impl Into<String>, reason: impl Display + 'static) -> Self {
        Self::Io {
            doing: doing.into(),
            reason: explained(&reason),
        }
    }

    /// The same, if these processes could not be ended.
    pub(crate) fn leaving(self, pids: Vec<u32>) -> Self {
        match pids.is_empty() {
            true => self,
            false => Self::Remains {
                cause: Box::new(self),
                pids,
            },
        }
    }

    /// How the process ended that went wrong.
    pub(super) fn end(&self) -> Option<End> {
        match self.root() {
            Self::Exited { end, .. } | Self::Finished { end, .. } => Some(*end),
            _ => None,
        }
    }

    pub(super) fn command(&self) -> Option<&str> {
        match self.root() {
            Self::AlreadyRunning { command, .. }
            | Self::Spawn { command, .. }
            | Self::Exited { command, .. }
            | Self::Finished { command, .. }
            | Self::NotReady { command, .. }
            | Self::Check { command, .. } => Some(command),
            _ => None,
        }
    }

    pub(crate) fn log(&self) -> Option<&LogTail> {
        match self.root() {
            Self::Exited { log, .. }
            | Self::Finished { log, .. }
            | Self::NotReady { log, .. }
            | Self::Check { log, .. }
            | Self::Isolate { log, .. } => Some(log),
            _ => None,
        }
    }

    pub(crate) fn log_mut(&mut self) -> Option<&mut LogTail> {
        match self {
            Self::Exited { log, .. }
            | Self::Finished { log, .. }
            | Self::NotReady { log, .. }
            | Self::Check { log, .. }
            | Self::Isolate { log, .. } => Some(log),
            Self::Remains { cause, .. } => cause.log_mut(),
            _ => None,
        }
    }

    /// What went wrong, whatever remains.
    pub(super) fn root(&self) -> &Self {
        match self {
            Self::Remains { cause, .. } => cause.root(),
            cause => cause,
        }
    }
}
