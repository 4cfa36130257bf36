//! One way to tell that a process is ready.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::client::Client;
use super::readiness::{Check, Readiness};
use crate::deadline::Deadline;
use crate::instance::Stream;
use crate::process::{Holder, Interest};

/// What tells that a process is ready: one strategy a file. Making one does nothing yet.
pub(crate) trait Probe: Send {
    /// Checks once, without waiting beyond the deadline.
    fn check(&mut self, until: Deadline) -> Check;

    /// The client of a probe that connects to the server.
    fn client(&self) -> Option<&Client> {
        None
    }

    /// The descriptors whose events make another look worthwhile. Without any, the wait polls at short intervals.
    fn wakes(&self) -> Vec<Interest<'_>> {
        self.client().map_or_else(Vec::new, Client::wakes)
    }

    /// When to look again even without an event. Default: at short intervals, or not at all where there are events.
    fn again(&self) -> Option<Duration> {
        self.client()?.again()
    }

    /// A problem that starting the server does not solve: no route to its address, for example. The wait ends if it persists.
    fn hopeless(&self) -> Option<String> {
        self.client()?.hopeless()
    }

    /// `host:port` of the listener that makes the process ready, if there is one.
    fn address(&self) -> Option<&str> {
        self.client()?.address()
    }

    /// The addresses that it resolves to, as far as they are known.
    fn addresses(&self) -> Vec<SocketAddr> {
        self.client().map_or_else(Vec::new, Client::addresses)
    }

    /// Returns whether a process that is not a descendant may make it hold too, such as the server of a Unix socket. It does not
    /// matter then if no descendant is left.
    fn by_others(&self) -> bool {
        false
    }

    /// What makes the condition hold before the process has been started, and its owner.
    fn holds_before(&mut self, _until: Deadline) -> Option<(String, Option<Holder>)> {
        None
    }

    /// Why it could never hold, if it is invalid.
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
pub(crate) struct Custom<'a>(pub(crate) &'a mut dyn Readiness);

impl Probe for Custom<'_> {
    fn check(&mut self, until: Deadline) -> Check {
        self.0.check(until)
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        self.0.wakes().map(Interest::readable).into_iter().collect()
    }
}
