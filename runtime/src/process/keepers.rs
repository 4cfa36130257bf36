//! The keepers that run.

use std::sync::{Mutex, MutexGuard};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{os, tree};

use crate::lock::lock;

/// The IDs of keepers that have not been reaped. As long as an ID is here, no other process has it.
#[derive(Debug, Default)]
pub(super) struct Keepers(Mutex<Vec<u32>>);

impl Keepers {
    pub(super) fn add(&self, keeper: u32) {
        self.lock().push(keeper);
    }

    /// Sends a signal to a keeper, unless it is gone.
    pub(super) fn signal(&self, keeper: u32, signal: Signal) {
        let keepers = self.lock();
        if keepers.contains(&keeper) {
            let _ = kill(Pid::from_raw(keeper as i32), signal);
        }
    }

    /// Collects the children that have ended. Returns whether any of them was no keeper, or a keeper that was killed: what it kept is an
    /// orphan now.
    pub(super) fn collect(&self) -> bool {
        let mut orphans = false;
        // Nobody may signal a number between its collection and its removal from here.
        let mut keepers = self.lock();
        while let Some((pid, killed)) = os::collect() {
            let was_keeper = keepers
                .iter()
                .position(|keeper| *keeper == pid)
                .map(|at| keepers.swap_remove(at))
                .is_some();
            orphans |= killed || !was_keeper;
        }
        orphans
    }

    /// Kills the descendants that have lost their keeper. Returns whether there were any that could be killed.
    pub(super) fn kill_orphans(&self) -> bool {
        let keepers = self.lock();
        tree::kill_orphans(&|pid| keepers.contains(&pid))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u32>> {
        lock(&self.0)
    }
}
