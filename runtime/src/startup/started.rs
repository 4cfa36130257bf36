//! One process of a daemon.

use std::io::PipeWriter;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::deadline::Deadline;
use crate::error::End;
use crate::instance::Stream;
use crate::process::{Child, Kill, remove_shared_memory};

/// How long a daemon may take to end by itself when its client or its session is gone.
pub(crate) const ABANDONED_GRACE: Duration = Duration::from_secs(1);

/// One process of a daemon.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) name: String,
    pub(super) child: Child,
    pub(super) command: String,
    pub(super) kill: Kill,
    /// The same for a stop after which it may be started again.
    pub(super) shutdown: Kill,
    /// Whether it has been paused and not been resumed.
    pub(super) pause: AtomicBool,
    pub(super) expected: Option<i32>,
    /// What it prints to standard output and to standard error, as far as it is kept.
    pub(super) output: Option<Stream>,
    pub(super) errors: Option<Stream>,
    /// Where the line ends that has been waited for.
    pub(super) banner: OnceLock<Stream>,
    /// What keeps the process's standard input from ending.
    pub(super) _stdin: Option<PipeWriter>,
}

/// It becomes readable when the process ends.
impl AsFd for Started {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.child.end()
    }
}

impl Started {
    /// Returns whether any of it still runs, paused or not.
    pub(super) fn runs(&self) -> bool {
        !self.child.gone(Deadline::now())
    }

    pub(super) fn is_paused(&self) -> bool {
        self.pause.load(Ordering::Relaxed) && self.runs()
    }

    /// Stops the process and its descendants, and waits until they are gone; only briefly once the other end of `client` is closed. Returns how
    /// it ended, and the IDs of processes that may still be running.
    pub(super) fn finish(&self, kill: Kill, client: Option<BorrowedFd<'_>>) -> (End, Vec<u32>) {
        let abandoned = kill.within(ABANDONED_GRACE);
        let left = self.child.finish(kill, abandoned, client);
        let makers: Vec<_> = self.child.maker().cloned().into_iter().collect();
        remove_shared_memory(&makers, Some(SystemTime::now()));
        (self.child.ended().unwrap_or(End::Unseen), left)
    }
}
