//! The supervisor, as others see its process.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::deadline::Deadline;
use crate::error::{Cause, Result};
use crate::process::{Interest, pidfd, wait};

/// How long the end of a session may take: longer than all that it waits for.
const END: Duration = Duration::from_secs(20);

/// The process of a supervisor.
#[derive(Debug)]
pub(crate) struct SupervisorProcess {
    pid: i32,
    end: OwnedFd,
}

impl SupervisorProcess {
    pub(crate) fn new(pid: i32) -> Result<Self> {
        let end = pidfd(pid.unsigned_abs());
        let end = end.map_err(|error| Cause::io("watch the supervisor", error))?;
        Ok(Self { pid, end })
    }

    /// Waits until it is gone.
    pub(crate) fn wait(&self) -> Result<()> {
        let gone = wait(&[Interest::readable(self.end.as_fd())], Deadline::NONE);
        gone.map_err(|error| Cause::io("wait for the supervisor", error))?;
        Ok(())
    }

    /// Has it end the session, and waits until nothing is left.
    pub(crate) fn end(&self) -> Result<()> {
        let failed = |reason: &dyn std::fmt::Display| {
            let doing = format!("end the session (supervisor {})", self.pid);
            Cause::io(doing, reason.to_string())
        };
        let gone = |until| {
            let gone = wait(&[Interest::readable(self.end.as_fd())], until);
            gone.map(|gone| gone == [true])
                .map_err(|error| failed(&error))
        };
        // The descriptor says whether the number is still its own.
        if gone(Deadline::now())? {
            return Ok(());
        }
        kill(Pid::from_raw(self.pid), Signal::SIGTERM).map_err(|errno| failed(&errno))?;
        // One that is stopped would not see it.
        let _ = kill(Pid::from_raw(self.pid), Signal::SIGCONT);
        match gone(Deadline::after(END))? {
            true => Ok(()),
            false => Err(failed(&"it is still running after SIGTERM").into()),
        }
    }
}
