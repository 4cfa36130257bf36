//! A start under way.

use std::os::fd::BorrowedFd;

use super::phase::Phase;
use super::running::Running;
use super::start::Start;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::place::Place;
use crate::software::Programs;

/// One attempt to start a launch, or a process of it, in its place.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) start: &'a Start<'a>,
    pub(super) programs: &'a Programs<'a>,
    pub(super) running: &'a Running,
    pub(super) until: Deadline,
    /// Whether it is the first in this place, so that what is done around the processes has to be done.
    pub(super) first: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn name(&self) -> String {
        self.start.launch.name.clone()
    }

    pub(super) fn place(&self) -> &'a Place {
        &self.running.place
    }

    /// Descriptors whose other end is closed when the daemon is no longer needed.
    pub(super) fn unwanted(&self) -> &'a [BorrowedFd<'a>] {
        &self.start.unwanted
    }

    pub(super) fn invalid(&self, problem: String) -> Cause {
        let name = self.name();
        Cause::Invalid { name, problem }
    }

    /// Tells how far the start has come.
    pub(super) fn tell(&self, doing: &str, what: &str) {
        let what = match what {
            "" => &self.start.launch.name,
            what => what,
        };
        (self.start.told)(Phase {
            doing: format!("{doing} {what}"),
            logs: self.running.logs.list(),
        });
    }
}
