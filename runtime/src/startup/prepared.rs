//! What a start remembers of the cache.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::lock;
use crate::template::Copied;

/// What a start has to remember of the cache while it is tried.
#[derive(Default)]
pub(crate) struct Prepared {
    /// What was copied from it in the last try that used it.
    copied: Mutex<Vec<Copied>>,
    /// Whether this try does without it.
    from_scratch: AtomicBool,
}

impl Prepared {
    pub(super) fn is_from_scratch(&self) -> bool {
        self.from_scratch.load(Ordering::Relaxed)
    }

    /// From now on the cache is done without.
    pub(super) fn start_from_scratch(&self) {
        self.from_scratch.store(true, Ordering::Relaxed);
    }

    /// Begins a try.
    pub(super) fn begin_try(&self) {
        if !self.is_from_scratch() {
            lock(&self.copied).clear();
        }
    }

    pub(super) fn add(&self, copied: Copied) {
        lock(&self.copied).push(copied);
    }

    /// What was copied.
    pub(super) fn copied(&self) -> Vec<Copied> {
        lock(&self.copied).clone()
    }
}
