//! What can go wrong.

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end::End;
use super::log_tail::LogTail;
use super::refused::{For, Part, Refused};
use super::room::explained;

/// Every error. The supervisor sends it to the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cause {
    NotInstalled {
        name: String,
        program: String,
        /// Those that would do instead of it, and are not there either.
        nor: Vec<String>,
        searched: Vec<String>,
        /// The version that is wanted, and what there is of others.
        version: Option<String>,
        others: Vec<String>,
        get: Option<Get>,
    },
    /// An installed program cannot be run, or the variable that names it is wrong.
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
        /// The process that holds it.
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
    /// The test's own part of the daemon, such as a database, could not be created.
    Isolate {
        name: String,
        part: Part,
        whose: For,
        refused: Box<Refused>,
        /// The timeout for it.
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
    /// The supervisor with this process ID did not answer in time.
    NoAnswer {
        supervisor: u32,
        after: Duration,
        is_stopped: bool,
    },
    Io {
        doing: String,
        reason: String,
    },
    /// Another error, after which these processes could not be killed.
    Remains {
        cause: Box<Cause>,
        pids: Vec<u32>,
    },
}

/// What makes a process reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Contact {
    Port,
    Path,
    Other,
}

/// Why a stop failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Unclean {
    /// The process exited before it was stopped.
    Before,
    /// It exited with an unexpected status.
    Badly,
    /// It ignored this signal for the grace period and was killed.
    Late { signal: i32, grace: Duration },
    /// It stopped as expected, but some of its descendants did not.
    InPart,
    /// It is still running.
    Still,
}

/// How to install a missing program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Get {
    /// The commands that install it, the usual one first.
    pub(crate) install: Vec<String>,
    pub(crate) variable: String,
    /// Whether the variable is set, and so names the wrong place.
    pub(crate) set: bool,
}

impl Cause {
    pub(crate) fn io(doing: impl Into<String>, reason: impl Display + 'static) -> Self {
        Self::Io {
            doing: doing.into(),
            reason: explained(&reason),
        }
    }

    /// Neither this is there nor what would do instead: of programs that are not installed, both are named. What is there and cannot be used
    /// is said first.
    pub(crate) fn nor(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::NotInstalled {
                    name,
                    program,
                    mut nor,
                    searched,
                    version,
                    mut others,
                    mut get,
                },
                Self::NotInstalled {
                    program: other,
                    others: of_other,
                    get: how,
                    ..
                },
            ) => {
                nor.push(other);
                others.extend(of_other);
                if let (Some(get), Some(how)) = (&mut get, how) {
                    let others = how.install.into_iter();
                    let news: Vec<_> = others.filter(|it| !get.install.contains(it)).collect();
                    get.install.extend(news);
                }
                Self::NotInstalled {
                    name,
                    program,
                    nor,
                    searched,
                    version,
                    others,
                    get,
                }
            }
            (Self::NotInstalled { .. }, other) => other,
            (cause, _) => cause,
        }
    }

    /// Adds these processes, which could not be killed.
    pub(crate) fn leaving(self, pids: Vec<u32>) -> Self {
        match pids.is_empty() {
            true => self,
            false => Self::Remains {
                cause: Box::new(self),
                pids,
            },
        }
    }

    /// How the failed process ended.
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

    /// The error itself, without the processes that remain.
    pub(super) fn root(&self) -> &Self {
        match self {
            Self::Remains { cause, .. } => cause.root(),
            cause => cause,
        }
    }
}
