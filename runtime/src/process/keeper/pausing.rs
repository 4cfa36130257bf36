//! Pausing what a keeper keeps.

use std::os::fd::RawFd;

use nix::libc::{self, c_int};

use super::{CHASE, FIRST_REST, Keeper, Phase, now};
use crate::process::order::answer;
use crate::process::tree::{Halt, halt, signal_descendants, signal_next};

/// How long those are waited for that have been sent SIGSTOP and that the kernel holds, in nanoseconds. Who has forked by `vfork` is held
/// until the child runs its program, and the child is stopped too.
const HELD: i128 = 500_000_000;

/// How long to wait at most before looking again at those that have been sent SIGSTOP, in milliseconds.
const LONGEST_REST: c_int = 16;

/// How often in a row nothing may be found running. One that was forked during the first look may have been missed by it.
const LOOKS: u8 = 2;

impl Keeper {
    /// Begins to stop all processes. The descriptor gets a byte when none of them can do anything any more.
    pub(super) fn pause(&mut self, to: RawFd) {
        if self.is_ending() {
            return answer(to, false);
        }
        self.end_pause();
        self.phase = Phase::Pausing {
            answer: to,
            looks: 0,
            held_until: now() + HELD,
            rest: FIRST_REST,
        };
    }

    /// Stops those that run, and returns how long to wait before the next look; -1 if there is no need for one.
    ///
    /// A process with a stop pending cannot fork, so there is an end to it.
    pub(super) fn pause_more(&mut self) -> c_int {
        let Phase::Pausing {
            answer: to,
            looks,
            held_until,
            rest,
        } = self.phase
        else {
            return -1;
        };
        self.has_collected = false;
        self.signal_group(libc::SIGSTOP);
        let mut worst = Halt::Stopped;
        signal_descendants(self.pid, libc::SIGSTOP, |process| {
            let halt = halt(process);
            worst = worst.max(halt);
            halt != Halt::Stopped
        });
        for _ in 0..CHASE {
            if !self.collect() {
                return 0;
            }
            if !self.has_collected {
                break;
            }
            signal_next(self.collected, self.pid, libc::SIGSTOP);
        }
        let is_done = match worst {
            Halt::Stopped => !self.has_collected,
            Halt::Held => !self.has_collected && now() >= held_until,
            Halt::Runs => false,
        };
        let looks = if is_done { looks + 1 } else { 0 };
        if looks == LOOKS {
            answer(to, true);
            self.phase = Phase::Paused;
            return -1;
        }
        self.phase = Phase::Pausing {
            answer: to,
            looks,
            held_until,
            rest: rest.saturating_mul(2).min(LONGEST_REST),
        };
        if is_done { 0 } else { rest }
    }

    /// Resumes all processes, and says so through the descriptor.
    pub(super) fn resume(&mut self, to: RawFd) {
        if self.is_ending() {
            return answer(to, false);
        }
        self.end_pause();
        self.continue_all();
        answer(to, true);
    }

    /// Ends a pause, but resumes nothing. Returns whether there was one.
    pub(super) fn end_pause(&mut self) -> bool {
        match self.phase {
            Phase::Pausing { answer: to, .. } => answer(to, false),
            Phase::Paused => {}
            _ => return false,
        }
        self.phase = Phase::Serving;
        true
    }

    /// Resumes what is stopped. The first time everything gets the signal, since it also takes back a stop that is pending.
    pub(super) fn continue_all(&self) {
        for look in 0..CHASE {
            let mut any = false;
            signal_descendants(self.pid, libc::SIGCONT, |process| {
                let is_stopped = process.state == b'T';
                any |= is_stopped;
                is_stopped || look == 0
            });
            if !any {
                break;
            }
        }
    }

    fn is_ending(&self) -> bool {
        matches!(self.phase, Phase::Signalled { .. } | Phase::Killing { .. })
    }
}
