//! Ready when it runs.

use super::{Check, Probe};
use crate::deadline::Deadline;

/// Holds as soon as the process has been started.
pub(crate) struct Started;

impl Probe for Started {
    fn check(&mut self, _: Deadline) -> Check {
        Check::Ready
    }
}
