//! A process that an executor has started.

use crate::instance::Facts;
use crate::launch::Launch;
use crate::startup::How;
use crate::supervisor::Lease;

/// A process that has been started; dropping it stops the process.
pub(super) struct Started {
    pub(super) lease: Lease,
    pub(super) facts: Facts,
    pub(super) launch: Launch,
    /// Whether nothing is left to be stopped, and the user knows how it ended.
    pub(super) stopped: bool,
}

impl Drop for Started {
    fn drop(&mut self) {
        // How it ends is of no interest to somebody who has dropped it.
        let _ = self.lease.release(How::default());
    }
}
