//! Ready when a process has ended.

use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::process::{Child, Interest};

/// Holds when the process ends, whichever way.
pub(crate) struct Exited<'a>(pub(crate) &'a Child);

impl Probe for Exited<'_> {
    fn check(&mut self, _: Deadline) -> Check {
        match self.0.ended() {
            Some(_) => Check::Ready,
            None => Check::NotYet("it was still running".into()),
        }
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        vec![Interest::readable(self.0.end())]
    }
}
