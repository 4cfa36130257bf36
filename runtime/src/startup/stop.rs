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
    /// Stops one process; the others go on. Doing it again does no harm.
    pub(crate) fn stop_process(
        &self,
        name: &str,
        how: &How,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Cause> {
        self.process(name)?;
        let started = self.processes().into_iter().find(|it| it.name == name);
        let Some(started) = started else {
            return Ok(());
        };
        // From here on its exit is expected.
        self.forget(&started);
        self.end(&started, how, client)
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
            let ended = self.end(process, how, client);
            result = ended.and(result);
        }
        result
    }

    fn end(
        &self,
        process: &Started,
        how: &How,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<(), Cause> {
        let invalid = |problem| Cause::Invalid {
            name: self.launch.name.clone(),
            problem,
        };
        let signal = how.signal.as_deref().map(number).transpose();
        let kill = Kill {
            signal: signal.map_err(invalid)?.unwrap_or(process.kill.signal),
            ..process.kill
        };
        let kill = how.grace.map_or(kill, |grace| kill.within(grace));
        let expected = how.expected_returncode.or(process.expected).unwrap_or(0);
        returncode(expected).map_err(invalid)?;
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
