//! The way to the one thread that spawns.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::child::{Child, Plan};
use super::{os, tree};

/// Hands plans to the thread that spawns, from any other thread.
#[derive(Clone)]
pub(crate) struct Spawner {
    orders: Sender<Order>,
    wake: Arc<EventFd>,
}

struct Order {
    plan: Plan,
    answer: Sender<io::Result<Child>>,
}

/// What the spawning thread holds.
pub(crate) struct Spawning {
    orders: Receiver<Order>,
    wake: Arc<EventFd>,
    keepers: Mutex<Vec<u32>>,
}

impl Spawner {
    /// The two ends.
    pub(crate) fn new() -> io::Result<(Self, Spawning)> {
        let wake = Arc::new(EventFd::from_flags(
            EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK,
        )?);
        let (orders, theirs) = channel();
        let spawning = Spawning {
            orders: theirs,
            wake: Arc::clone(&wake),
            keepers: Mutex::default(),
        };
        Ok((Self { orders, wake }, spawning))
    }

    /// Starts a process and waits until it runs its program, or until this is known to have failed.
    pub(crate) fn spawn(&self, plan: Plan) -> io::Result<Child> {
        let (answer, answered) = channel();
        let gone = |_| io::Error::other("the session is ending");
        self.orders
            .send(Order { plan, answer })
            .map_err(|_| io::Error::other("the session is ending"))?;
        self.wake.write(1)?;
        answered.recv().map_err(gone)?
    }
}

impl Spawning {
    /// What becomes readable when there is something to spawn.
    pub(crate) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Spawns all that was ordered.
    pub(crate) fn work(&self) {
        let _ = self.wake.read();
        while let Ok(Order { plan, answer }) = self.orders.try_recv() {
            let child = Child::spawn(plan).inspect(|child| self.lock().push(child.keeper()));
            // Whoever ordered may be gone; then the child is dropped, and so ended.
            let _ = answer.send(child);
        }
    }

    /// Spawns nothing any more: whoever has ordered is told that the session is ending.
    pub(crate) fn refuse(&self) {
        let _ = self.wake.read();
        while self.orders.try_recv().is_ok() {}
    }

    /// Collects the children that have ended, and kills descendants that have lost their keeper.
    pub(crate) fn collect(&self) {
        let mut orphans = false;
        while let Some((pid, killed)) = os::collect() {
            let mut keepers = self.lock();
            let was_keeper = keepers
                .iter()
                .position(|keeper| *keeper == pid)
                .map(|at| keepers.swap_remove(at))
                .is_some();
            orphans |= killed || !was_keeper;
        }
        // Killing one brings its own children here, and their end calls this again.
        if orphans {
            self.kill_orphans();
        }
    }

    /// Kills the descendants that have lost their keeper. Says whether there were any.
    pub(crate) fn kill_orphans(&self) -> bool {
        let keepers = self.lock();
        tree::kill_orphans(&|pid| keepers.contains(&pid))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u32>> {
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
