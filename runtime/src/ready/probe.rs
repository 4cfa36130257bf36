//! One way to tell that a process is ready.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::readiness::{Check, Readiness};
use crate::deadline::Deadline;
use crate::instance::Stream;
use crate::process::{Holder, Interest};

/// What tells that a process is ready: one strategy a file. Making one does nothing yet.
pub(crate) trait Probe: Send {
    /// Looks once. It waits for nobody longer than until the deadline.
    fn check(&mut self, until: Deadline) -> Check;

    /// What moves when it is worth looking again; without it, looks come at short intervals.
    fn wakes(&self) -> Vec<Interest<'_>> {
        Vec::new()
    }

    /// How long to wait before it is worth looking again although nothing has moved. Default: short intervals, or none where something moves.
    fn again(&self) -> Option<Duration> {
        None
    }

    /// What is wrong that the start of a server does not change: there is no way to its address, say. If this lasts, the wait is over.
    fn hopeless(&self) -> Option<String> {
        None
    }

    /// `host:port` of the listener that makes it hold, if there is one.
    fn address(&self) -> Option<&str> {
        None
    }

    /// What that stands for, as far as it is known.
    fn addresses(&self) -> Vec<SocketAddr> {
        Vec::new()
    }

    /// Whether somebody who does not descend from the process may make it hold too, as the server of a unix socket: that none of its own is
    /// left says nothing then.
    fn by_others(&self) -> bool {
        false
    }

    /// What would make a process count as ready before it has been started, and who has it.
    fn holds_before(&mut self, _until: Deadline) -> Option<(String, Option<Holder>)> {
        None
    }

    /// What in it makes no sense, so that it could never hold.
    fn problem(&self) -> Option<String> {
        None
    }

    /// Gets ready to look at a process that prints to these. An error says what in it makes no sense.
    fn begin(&mut self, _output: &[Stream]) -> Result<(), String> {
        Ok(())
    }

    /// What follows the line of output that made it hold.
    fn after(&self) -> Option<Stream> {
        None
    }

    /// The file that a process which was killed leaves, and that would make its next start fail.
    fn leaves(&self) -> Option<&Path> {
        None
    }
}

/// A condition of the user's own.
pub(crate) struct Own<'a>(pub(crate) &'a mut dyn Readiness);

impl Probe for Own<'_> {
    fn check(&mut self, until: Deadline) -> Check {
        self.0.check(until)
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        self.0.wakes().map(Interest::readable).into_iter().collect()
    }
}
