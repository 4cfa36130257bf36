//! The processes that have been sent a signal.

use nix::libc::pid_t;

/// How many are remembered. Who is asked twice because there are more does not mind, most of the time.
const MOST: usize = 128;

/// The numbers of processes that have been sent the signal; none is sent it twice, which to some means to end at once. A keeper has it,
/// so it allocates nothing.
pub(super) struct Signalled {
    pids: [pid_t; MOST],
    next: usize,
}

impl Default for Signalled {
    fn default() -> Self {
        Self {
            pids: [0; MOST],
            next: 0,
        }
    }
}

impl Signalled {
    /// Remembers a process. Returns whether it is a new one.
    pub(super) fn add(&mut self, pid: pid_t) -> bool {
        if self.pids.contains(&pid) {
            return false;
        }
        if let Some(oldest) = self.pids.get_mut(self.next) {
            *oldest = pid;
        }
        self.next = (self.next + 1) % MOST;
        true
    }

    /// Forgets one that is gone: its number may be given to another.
    pub(super) fn forget(&mut self, pid: pid_t) {
        for signalled in &mut self.pids {
            if *signalled == pid {
                *signalled = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_once_until_it_is_gone() {
        let mut signalled = Signalled::default();
        assert!(signalled.add(1) && signalled.add(2));
        assert!(!signalled.add(1) && !signalled.add(2));
        signalled.forget(1);
        assert!(signalled.add(1) && !signalled.add(2));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let mut signalled = Signalled::default();
        assert!((1..=MOST as pid_t + 1).all(|pid| signalled.add(pid)));
        assert!(signalled.add(1) && !signalled.add(MOST as pid_t));
    }
}
