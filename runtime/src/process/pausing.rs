//! Pausing a process with all that descends from it, and resuming it.

use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::time::Duration;

use super::child::Child;
use super::identity::is_stopped;
use super::order::Order;
use super::poll::{Interest, wait};
use crate::deadline::Deadline;

/// How long it may take until all processes of a daemon are paused or resumed. It takes milliseconds, unless one of them may not be
/// signalled.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);

/// A pause or its end that a keeper has been told to bring about.
pub(crate) struct Ordered(PipeReader);

impl Child {
    /// Has everything that descends from the process stopped with SIGSTOP.
    pub(crate) fn pause(&self) -> io::Result<Ordered> {
        self.ordered(Order::Pause)
    }

    /// Has it resumed with SIGCONT.
    pub(crate) fn resume(&self) -> io::Result<Ordered> {
        self.ordered(Order::Resume)
    }

    fn ordered(&self, order: Order) -> io::Result<Ordered> {
        let (told, tell) = io::pipe()?;
        self.order(order, Some(tell.as_fd()));
        Ok(Ordered(told))
    }

    /// Those of its processes that are not stopped.
    pub(crate) fn not_stopped(&self) -> Vec<u32> {
        let mut left = self.left();
        left.retain(|pid| !is_stopped(*pid));
        left
    }
}

impl Ordered {
    /// Waits until it is done. Returns whether it is; it is not if the keeper ends the processes instead, or if they have ended.
    pub(crate) fn done(mut self, until: Deadline) -> bool {
        let told = wait(&[Interest::readable(self.0.as_fd())], until);
        told.is_ok_and(|told| told == [true]) && self.0.read(&mut [0]).is_ok_and(|read| read == 1)
    }
}
