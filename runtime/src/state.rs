//! The state of a process.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::error::End;

/// The state of a process: running, paused, or how it ended.
///
/// ```no_run
/// use fixtured::{SimpleExecutor, State};
///
/// let mut job = SimpleExecutor::new("import --all");
/// job.start()?;
/// match job.state()? {
///     State::Running => println!("not done yet"),
///     State::Exited(0) => println!("done"),
///     other => println!("failed: {other}"),
/// }
/// # Ok::<(), fixtured::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum State {
    /// It has not been started, or it runs outside fixtured.
    NotStarted,
    /// The process or one of its descendants is running, since daemons may fork.
    Running,
    /// It has been paused and not been resumed: neither it nor any of its descendants does anything.
    Paused,
    /// It exited with this status, and none of its descendants is left.
    Exited(i32),
    /// It was killed by this signal, and none of its descendants is left.
    Signaled(i32),
    /// It ended in an unknown way, since its keeper was killed too.
    Unseen,
}

impl State {
    /// Returns whether it has been started and has not ended: it is running or paused.
    pub fn runs(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The exit status, if it exited.
    pub fn code(self) -> Option<i32> {
        match self {
            Self::Exited(code) => Some(code),
            _ => None,
        }
    }

    /// The number of the signal that killed it, if any: 9 for SIGKILL.
    pub fn signal(self) -> Option<i32> {
        match self {
            Self::Signaled(number) => Some(number),
            _ => None,
        }
    }
}

impl State {
    /// How it ended, if it did.
    pub(crate) fn end(self) -> Option<End> {
        match self {
            Self::NotStarted | Self::Running | Self::Paused => None,
            Self::Exited(code) => Some(End::Code(code)),
            Self::Signaled(number) => Some(End::Signal(number)),
            Self::Unseen => Some(End::Unseen),
        }
    }
}

impl From<End> for State {
    fn from(end: End) -> Self {
        match end {
            End::Code(code) => Self::Exited(code),
            End::Signal(number) => Self::Signaled(number),
            End::Unseen => Self::Unseen,
        }
    }
}

impl Display for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotStarted => write!(f, "not started"),
            Self::Running => write!(f, "running"),
            Self::Paused => write!(f, "paused"),
            Self::Exited(code) => End::Code(code).fmt(f),
            Self::Signaled(number) => End::Signal(number).fmt(f),
            Self::Unseen => End::Unseen.fmt(f),
        }
    }
}
