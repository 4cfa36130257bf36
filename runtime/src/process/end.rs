//! Ending a process with all that descends from it.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::child::Child;
use super::identity::{Identity, is_stopped};
use super::keeper::LAST_GRACE;
use super::order::Order;
use super::poll::{pause, wait};
use super::signal::Kill;
use super::tree::descendants;
use crate::deadline::Deadline;

/// How long what was killed may take to be gone: most of it, and what the kernel holds up.
const SOON: Duration = Duration::from_secs(1);
const AT_LAST: Duration = Duration::from_secs(5);

/// How often those are looked at that are still there after that.
const LOOK: Duration = Duration::from_millis(50);

impl Child {
    /// Has everything that descends from the process ended in this way, and returns at once.
    pub(crate) fn kill(&self, kill: Kill) {
        self.order(Order::End(kill), None);
    }

    /// Tells the keeper what to do, and where to answer.
    pub(super) fn order(&self, order: Order, answer: Option<BorrowedFd<'_>>) {
        // Somebody may have stopped it.
        self.keepers.signal(self.keeper, Signal::SIGCONT);
        order.send(self.control.as_fd(), answer);
    }

    /// Stops the process and all its descendants with `how`, or with `abandoned` once the other end of `client` is closed, and waits until they
    /// are gone. Returns the IDs of processes that may still be running: they may not be killed, or they hang in the kernel.
    pub(crate) fn finish(
        &self,
        how: Kill,
        abandoned: Kill,
        client: Option<BorrowedFd<'_>>,
    ) -> Vec<u32> {
        self.kill(how);
        let until = Deadline::after(longest(how));
        if self.gone_before(client, until) {
            return Vec::new();
        }
        if !until.has_passed() {
            self.kill(abandoned);
            if self.gone(Deadline::after(longest(abandoned))) {
                return Vec::new();
            }
        }
        self.give_up()
    }

    /// Waits for those that have been killed and are not gone, as long as this may help. Returns those that it does not help with.
    fn give_up(&self) -> Vec<u32> {
        let until = Deadline::after(AT_LAST);
        loop {
            let left = self.left();
            if !left.is_empty() && left.iter().all(|pid| may_not_be_killed(*pid)) {
                return left;
            }
            if is_stopped(self.keeper) {
                // It was resumed but does not run, so it is traced. Without it the supervisor is the parent of all, and kills them.
                self.keepers.signal(self.keeper, Signal::SIGKILL);
                return still_running(left, AT_LAST);
            }
            if self.gone(until.within(LOOK)) {
                return Vec::new();
            }
            if until.has_passed() {
                return left;
            }
        }
    }

    /// The descendants that still run.
    pub(super) fn left(&self) -> Vec<u32> {
        let mut left = descendants(self.keeper);
        left.retain(|pid| Identity::of(*pid).is_some());
        left
    }
}

/// How long an end may take.
fn longest(kill: Kill) -> Duration {
    let last = match kill.then == Signal::SIGKILL as i32 {
        true => Duration::ZERO,
        false => LAST_GRACE,
    };
    kill.grace.saturating_add(last).saturating_add(SOON)
}

fn may_not_be_killed(pid: u32) -> bool {
    kill(Pid::from_raw(pid as i32), None) == Err(Errno::EPERM)
}

/// Those of the processes that still run after this time at most.
fn still_running(pids: Vec<u32>, time: Duration) -> Vec<u32> {
    let (began, until) = (Instant::now(), Deadline::after(time));
    let mut left: Vec<_> = pids.into_iter().filter_map(Identity::of).collect();
    loop {
        left.retain(|process| process.runs());
        if left.is_empty() || until.has_passed() {
            return left.into_iter().map(|process| process.pid).collect();
        }
        let _ = wait(&[], until.within(pause(began.elapsed())));
    }
}
