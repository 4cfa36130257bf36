//! The birth of a daemon: a fork that becomes its keeper, and a fork of that which becomes the daemon.
//!
//! Both are forked from the supervisor, which has threads; so they take no lock and allocate nothing.
#![expect(
    unsafe_code,
    reason = "a forked process may only make plain system calls"
)]

use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc::{self, c_int, pid_t};

use super::exec::Exec;
use super::keeper::keep;
use super::os;
use super::signal::Kill;
use super::user::User;

/// What is decided before the fork.
pub(super) struct Birth {
    pub(super) exec: Exec,
    pub(super) user: Option<User>,
    pub(super) descriptors: Option<u64>,
    pub(super) stop: Kill,
    /// The keeper's end.
    pub(super) control: OwnedFd,
    /// Where it is said that a step failed. It is closed once the program runs.
    pub(super) failing: PipeWriter,
}

/// What can fail between the fork and the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Keeper,
    Fork,
    Streams,
    Directory,
    Signals,
    User,
    Program,
}

/// A step that failed, and what the system said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) step: Step,
    pub(super) errno: Errno,
}

/// A failure as it is sent: the place of the step in `STEPS`, and the number of the error.
pub(super) type Message = [i32; 2];

const HALF: usize = size_of::<i32>();

const STEPS: [Step; 7] = [
    Step::Keeper,
    Step::Fork,
    Step::Streams,
    Step::Directory,
    Step::Signals,
    Step::User,
    Step::Program,
];

impl Step {
    /// The failure of this step, as `errno` has it.
    pub(super) fn failed(self) -> Failed {
        Failed {
            step: self,
            errno: Errno::last(),
        }
    }

    pub(super) fn check(self, result: c_int) -> Result<(), Failed> {
        match result {
            -1 => Err(self.failed()),
            _ => Ok(()),
        }
    }
}

impl Failed {
    pub(super) fn from_bytes(bytes: [u8; size_of::<Message>()]) -> Self {
        let half = |at: usize| {
            let half = bytes
                .get(at..at + HALF)
                .and_then(|half| half.try_into().ok());
            i32::from_ne_bytes(half.unwrap_or_default())
        };
        let step = usize::try_from(half(0)).ok().and_then(|at| STEPS.get(at));
        Self {
            step: step.copied().unwrap_or(Step::Keeper),
            errno: Errno::from_raw(half(HALF)),
        }
    }

    fn message(self) -> Message {
        let step = STEPS.iter().position(|step| *step == self.step);
        [step.unwrap_or_default() as i32, self.errno as i32]
    }
}

impl Birth {
    /// Forks the keeper, and returns its number.
    pub(super) fn fork(&self) -> io::Result<u32> {
        // SAFETY: the child makes plain system calls until it ends or runs another program.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            // SAFETY: as above.
            0 => unsafe { self.become_keeper() },
            keeper => Ok(keeper.unsigned_abs()),
        }
    }

    unsafe fn become_keeper(&self) -> ! {
        // SAFETY: only system calls on plain numbers.
        unsafe {
            libc::setsid();
            if os::stay_subreaper().is_err() {
                self.fail(Step::Keeper.failed());
            }
            let keeper = libc::getpid();
            match libc::fork() {
                -1 => self.fail(Step::Fork.failed()),
                0 => {
                    let failed = self.become_daemon(keeper).err();
                    self.fail(failed.unwrap_or_else(|| self.exec.run()))
                }
                daemon => keep(self.control.as_fd(), daemon, self.stop),
            }
        }
    }

    /// Takes on the place, group, signals, user and parent-death signal of a daemon.
    unsafe fn become_daemon(&self, keeper: pid_t) -> Result<(), Failed> {
        // SAFETY: system calls on plain numbers and on values that outlive them.
        unsafe {
            Step::Keeper.check(libc::setpgid(0, 0))?;
            self.exec.take_streams()?;
            restore_signals()?;
            os::restore_descriptor_limit(self.descriptors);
            if let Some(User { uid, gid, groups }) = &self.user {
                Step::User.check(libc::setgroups(groups.len(), groups.as_ptr()))?;
                Step::User.check(libc::setgid(*gid))?;
                Step::User.check(libc::setuid(*uid))?;
            }
            // With the rights of the user: a link in a directory of his leads root nowhere.
            self.exec.go_to_directory()?;
            // Changing the user clears this signal, so it comes last.
            Step::Keeper.check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            if libc::getppid() != keeper {
                // The keeper died before the signal was set, so it will never come.
                libc::_exit(1);
            }
        }
        Ok(())
    }

    /// Says what failed, and ends.
    unsafe fn fail(&self, failed: Failed) -> ! {
        let message = failed.message();
        // SAFETY: `message` outlives the call.
        unsafe {
            libc::write(
                self.failing.as_raw_fd(),
                message.as_ptr().cast(),
                size_of_val(&message),
            );
            libc::_exit(1)
        }
    }
}

/// Blocks no signal and ignores none: the supervisor does both, or whoever started the tests did, as `nohup` does. A daemon that ignores
/// its stop signal without knowing would never stop by it.
unsafe fn restore_signals() -> Result<(), Failed> {
    // SAFETY: system calls on plain numbers and on values that outlive them.
    unsafe {
        for signal in 1..=libc::SIGRTMAX() {
            // Some cannot be changed, and the library keeps a few for itself; they are as they should be.
            libc::signal(signal, libc::SIG_DFL);
        }
        let mut none = std::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&mut none);
        Step::Signals.check(libc::sigprocmask(
            libc::SIG_SETMASK,
            &none,
            std::ptr::null_mut(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_read_as_they_are_sent() {
        for step in STEPS {
            let failed = Failed {
                step,
                errno: Errno::EACCES,
            };
            let [step, errno] = failed.message().map(i32::to_ne_bytes);
            let bytes: Vec<_> = step.into_iter().chain(errno).collect();
            assert_eq!(Failed::from_bytes(bytes.try_into().unwrap()), failed);
        }
    }
}
