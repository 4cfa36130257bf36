//! What a holder of an instance can do with it.

use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Cause, End, Result};
use crate::instance::Facts;
use crate::launch::Scope;
use crate::state::State;

/// The connection behind an instance. Methods with a process name act on that process of the daemon, and without one on the whole daemon.
pub(crate) trait Hold: Send {
    /// Returns whether the daemon runs, and how it ended if it exited unexpectedly.
    fn status(&mut self) -> Result<(bool, Option<End>)>;

    /// How the daemon died, if it did.
    fn died(&mut self) -> Option<String> {
        match self.status() {
            Ok((_, ended)) => Some(ended?.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// The other tests that have used the daemon meanwhile.
    fn beside(&mut self) -> Vec<String>;

    /// Keeps the instance after the end of the session, until the process whose ID is returned is asked to end.
    fn keep(&mut self) -> Option<u32>;

    /// Stops it and waits until it is gone. Its directory and ports stay.
    fn stop(&mut self, process: Option<&str>, how: How) -> Result<()>;

    /// Kills it at once, and waits until it is gone. Its directory and ports stay.
    fn kill(&mut self, process: Option<&str>) -> Result<()>;

    /// Stops all of it with SIGSTOP, and waits until nothing of it runs.
    fn pause(&mut self, process: Option<&str>) -> Result<()>;

    /// Resumes all of it.
    fn resume(&mut self, process: Option<&str>) -> Result<()>;

    /// Starts it again with the same directory and ports, and waits until it is ready.
    fn start(&mut self, process: Option<&str>) -> Result<Facts>;

    /// Has the part of the daemon that the holder was given be what it was in the beginning.
    fn reset(&mut self) -> Result<()>;

    /// Has the wire between the holder and the daemon do this.
    fn wire(&mut self, order: WireOrder) -> Result<()>;

    /// The state of the process; of the main process if none is named.
    fn state_of(&mut self, process: Option<&str>) -> Result<State>;

    /// The processes that have been started and not been stopped: name, process ID, and whether it runs.
    fn processes(&mut self) -> Result<Vec<(String, u32, bool)>>;

    /// Releases the instance, and waits until that is done.
    fn give_back(&mut self);

    /// The error, with a log that can still be read after the test run if the user wants that.
    fn keeping(&mut self, cause: Cause) -> Cause;
}

/// How to stop a daemon, in place of its launch's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct How {
    pub(crate) signal: Option<String>,
    pub(crate) expected_returncode: Option<i32>,
    pub(crate) grace: Option<Duration>,
}

impl How {
    /// By this signal.
    pub(crate) fn by(signal: impl Into<String>) -> Self {
        Self {
            signal: Some(signal.into()),
            ..Self::default()
        }
    }
}

/// How a test uses a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) scope: Scope,
    /// Whether there is a wire between them.
    pub(crate) wired: bool,
}

/// Without a wire.
impl From<Scope> for Terms {
    fn from(scope: Scope) -> Self {
        Self {
            scope,
            wired: false,
        }
    }
}

/// What a wire is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum WireOrder {
    Cut,
    Refuse,
    Restore,
    Reset,
    /// By this long in each direction.
    Delay(Duration),
    /// To so many bytes per second in each direction.
    Limit(NonZeroU64),
}
