//! How long a client waits for a request.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::problem::{Kind, Problem};
use crate::deadline::Deadline;
use crate::process::{self, Interest};

/// How long a client waits for a request. Each request has one, which is passed to everything that waits on its behalf.
#[derive(Clone, Copy)]
pub(crate) struct Patience<'a> {
    pub(crate) until: Deadline,
    /// How long it was in the beginning.
    pub(crate) whole: Duration,
    /// Descriptors whose other end is closed when it is no longer needed: by the client, or at the end of the session.
    pub(crate) unwanted: &'a [BorrowedFd<'a>],
}

impl Patience<'static> {
    /// As long as this, whatever happens.
    pub(crate) fn of(whole: Duration) -> Self {
        Self {
            until: Deadline::after(whole),
            whole,
            unwanted: &[],
        }
    }
}

impl<'a> Patience<'a> {
    /// For a request that begins now.
    pub(crate) fn new(whole: Duration, unwanted: &'a [BorrowedFd<'a>]) -> Self {
        let until = Deadline::after(whole);
        Self {
            until,
            whole,
            unwanted,
        }
    }

    /// The same, but at most this long from now.
    pub(super) fn within(self, whole: Duration) -> Self {
        let until = self.until.within(whole);
        Self { until, ..self }
    }

    /// Returns whether the deadline has passed.
    pub(super) fn is_over(&self) -> bool {
        self.until.has_passed()
    }

    /// Waits this long, or until it is no longer needed.
    pub(super) fn pause(&self, whole: Duration) -> Result<(), Problem> {
        match self.within(whole).wait(&[]) {
            Err(problem) if problem.kind == Kind::Late && !self.is_over() => Ok(()),
            waited => waited.map(drop),
        }
    }

    /// Waits until something happens on one of these descriptors; says for each whether it did.
    pub(super) fn wait(&self, interests: &[Interest<'_>]) -> Result<Vec<bool>, Problem> {
        let unwanted = self.unwanted.iter().copied().map(Interest::closed);
        let all: Vec<_> = interests.iter().copied().chain(unwanted).collect();
        let mut happened = process::wait(&all, self.until)?;
        let unwanted = happened.split_off(interests.len());
        if unwanted.contains(&true) {
            return Err(Problem::new(Kind::Unwanted, "it is no longer needed"));
        }
        // Something may happen again and again.
        if self.until.has_passed() {
            return Err(Problem::late());
        }
        Ok(happened)
    }
}
