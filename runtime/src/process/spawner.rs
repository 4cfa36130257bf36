//! The way to the one thread that spawns.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use nix::sys::eventfd::{EfdFlags, EventFd};

use super::child::Child;
use super::keepers::Keepers;
use super::plan::Plan;

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
    keepers: Arc<Keepers>,
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
            keepers: Arc::default(),
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
            let child = Child::spawn(plan, &self.keepers);
            // Whoever ordered may be gone; then the child is dropped, and so ended.
            let _ = answer.send(child);
        }
    }

    /// Spawns nothing any more: callers get an error that the session is ending.
    pub(crate) fn refuse(&self) {
        let _ = self.wake.read();
        while self.orders.try_recv().is_ok() {}
    }

    /// Collects the children that have ended, and kills descendants that have lost their keeper.
    pub(crate) fn collect(&self) {
        // Killing one brings its own children here, and their end calls this again.
        if self.keepers.collect() {
            self.kill_orphans();
        }
    }

    /// Kills the descendants that have lost their keeper. Returns whether there were any that could be killed.
    pub(crate) fn kill_orphans(&self) -> bool {
        self.keepers.kill_orphans()
    }
}
