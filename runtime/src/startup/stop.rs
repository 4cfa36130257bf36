//! One stop of a daemon, or of a process of it.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::running::Running;
use super::started::Started;
use crate::deadline::Deadline;
use crate::error::{Cause, End, Unclean};
use crate::hold::How;
use crate::isolation::remove_parts;
use crate::lock::lock;
use crate::process::{Kill, number, returncode};

/// How long an external server may take to remove what was created in it.
const FOREIGN: Duration = Duration::from_secs(3);

impl Running {
    /// Stops all processes, or the one of this name, in reverse order, so that they can be started again. When it returns, they are gone.
    /// Doing it again does no harm.
    pub(crate) fn shut_down(
        &self,
        name: Option<&str>,
        how: &How,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Cause> {
        self.check(how)?;
        let mut result = Ok(());
        for process in self.named(name)?.iter().rev() {
            // From here on its exit is expected.
            self.forget(process);
            let ended = self.end(process, process.shutdown, how, client);
            result = ended.and(result);
        }
        result
    }

    /// Stops those that run, and kills what a crash has left, before a start in the same place.
    pub(super) fn clear(&self, name: Option<&str>) -> Result<(), Cause> {
        let (crashed, run): (Vec<_>, Vec<_>) = self
            .named(name)?
            .into_iter()
            .partition(|process| process.child.ended_by_now().is_some());
        self.finish(crashed);
        for process in run.iter().rev() {
            self.forget(process);
            self.end(process, process.shutdown, &How::default(), None)?;
        }
        Ok(())
    }

    /// Kills all processes, or the one of this name, at once, and waits until they are gone. How they end, or have ended, makes no
    /// difference.
    pub(crate) fn kill(&self, name: Option<&str>) -> Result<(), Cause> {
        let left = self.finish(self.named(name)?);
        match left.is_empty() {
            true => Ok(()),
            false => {
                let doing = format!("kill `{}`", self.launch.name);
                Err(Cause::io(doing, "it is still there after SIGKILL").leaving(left))
            }
        }
    }

    /// Stops all processes in reverse order, each with its stop signal or the given one, within `how.grace` at most. When it returns, they are
    /// gone. It can be called again. If the other end of `client` is closed meanwhile, the grace period is
    /// shortened.
    pub(crate) fn stop(&self, how: &How, client: Option<BorrowedFd<'_>>) -> Result<(), Cause> {
        let mut result = Ok(());
        if self.launch.external.is_some() {
            let parts = lock(&self.parts);
            let until = Deadline::after(FOREIGN);
            parts.values().for_each(|parts| parts.close(until));
            let parts = self.place.fill_all(&self.launch.isolation.of_server());
            remove_parts(&parts, until);
        }
        for process in self.processes().iter().rev() {
            let ended = self.end(process, process.kill, how, client);
            result = ended.and(result);
        }
        result
    }

    /// Returns an error if nothing can be stopped in this way, so that it goes on.
    fn check(&self, how: &How) -> Result<(), Cause> {
        let signal = how.signal.as_deref().map_or(Ok(0), number);
        let returncode = how.expected_returncode.map_or(Ok(0), returncode);
        let problem = signal.err().or(returncode.err());
        problem.map_or(Ok(()), |problem| Err(self.invalid(problem)))
    }

    fn invalid(&self, problem: String) -> Cause {
        let name = self.launch.name.clone();
        Cause::Invalid { name, problem }
    }

    fn end(
        &self,
        process: &Started,
        usual: Kill,
        how: &How,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Cause> {
        let signal = how.signal.as_deref().map(number).transpose();
        let kill = Kill {
            signal: signal
                .map_err(|problem| self.invalid(problem))?
                .unwrap_or(usual.signal),
            ..usual
        };
        let kill = how.grace.map_or(kill, |grace| kill.within(grace));
        let expected = how.expected_returncode.or(process.expected).unwrap_or(0);
        returncode(expected).map_err(|problem| self.invalid(problem))?;
        let (before, began) = (process.child.ended().is_some(), Instant::now());
        let (end, left) = self.finished(process, kill, client);
        let by_signal = !before && end == End::Signal(kill.signal);
        let well = end == End::Code(0) || end.is(expected) || by_signal;
        if well && left.is_empty() {
            return Ok(());
        }
        Err(Cause::Finished {
            name: self.launch.name.clone(),
            command: process.command.clone(),
            end,
            how: match end {
                _ if left.contains(&process.child.pid()) => Unclean::Still,
                _ if well => Unclean::InPart,
                _ if before => Unclean::Before,
                End::Signal(_) if began.elapsed() >= kill.grace => Unclean::Late {
                    signal: kill.signal,
                    grace: kill.grace,
                },
                _ => Unclean::Badly,
            },
            log: self.logs.of(&process.name).tail(),
        }
        .leaving(left))
    }
}
