//! The double fork that starts a daemon: the first child is its keeper, the grandchild becomes the daemon.
//!
//! Both are forked from the supervisor, which has threads; so they take no lock and allocate nothing.
#![expect(
    unsafe_code,
    reason = "a forked process may only make plain system calls"
)]

use std::io::{self, PipeWriter};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::libc::{self, pid_t};

use super::exec::Exec;
use super::keeper::keep;
use super::os;
use super::signal::Kill;
use super::step::{Failed, Step};
use super::user::User;

/// What is decided before the fork.
pub(super) struct DoubleFork {
    pub(super) exec: Exec,
    pub(super) user: Option<User>,
    pub(super) descriptors: Option<u64>,
    pub(super) stop: Kill,
    /// The keeper's end.
    pub(super) control: OwnedFd,
    /// Where it is said that a step failed. It is closed once the program runs.
    pub(super) failing: PipeWriter,
}

impl DoubleFork {
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
            // With the rights of the user, so that root follows no link in the user's directory.
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

/// Unblocks all signals and restores their default actions. The supervisor blocks and ignores some, and so may have the parent of the tests,
/// e.g. `nohup`. A daemon that inherited an ignored stop signal would never stop by it.
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
