//! Who has been sent a signal.

use nix::libc::pid_t;

/// How many are remembered. Who is asked twice because there are more does not mind, most of the time.
const MOST: usize = 128;

/// The numbers of processes that have been sent the signal; none is sent it twice, which to some means to end at once. A keeper has it,
/// so it allocates nothing.
pub(super) struct Asked {
    pids: [pid_t; MOST],
    next: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            pids: [0; MOST],
            next: 0,
        }
    }
}

impl Asked {
    /// Remembers a process. Says whether it is a new one.
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
        for asked in &mut self.pids {
            if *asked == pid {
                *asked = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_once_until_it_is_gone() {
        let mut asked = Asked::default();
        assert!(asked.add(1) && asked.add(2));
        assert!(!asked.add(1) && !asked.add(2));
        asked.forget(1);
        assert!(asked.add(1) && !asked.add(2));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let mut asked = Asked::default();
        assert!((1..=MOST as pid_t + 1).all(|pid| asked.add(pid)));
        assert!(asked.add(1) && !asked.add(MOST as pid_t));
    }
}
