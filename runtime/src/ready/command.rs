//! Ready when a command succeeds.

use std::io;
use std::time::{Duration, Instant};

use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::error::End;
use crate::process::{Child, Interest, Kill};

/// How long the first runs of the command may take: it may be waiting for an answer that never comes. Later ones get longer.
const RUN: Duration = Duration::from_secs(5);

/// How long what was killed may take to be gone.
const KILLED: Duration = Duration::from_secs(5);

/// Ready when the command ends with exit status 0.
pub(crate) struct Succeeds<F> {
    /// Starts the command.
    run: F,
    running: Option<Run>,
    since: Option<Instant>,
}

/// One run. Dropping it ends the command and everything that it started, and waits until they are gone.
struct Run {
    child: Child,
    until: Deadline,
    allowed: Duration,
}

impl<F: FnMut() -> io::Result<Child> + Send> Succeeds<F> {
    pub(crate) fn new(run: F) -> Self {
        Self {
            run,
            running: None,
            since: None,
        }
    }

    fn start(&mut self) -> io::Result<Run> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let allowed = RUN.max(since.elapsed() / 4);
        Ok(Run {
            child: (self.run)()?,
            until: Deadline::after(allowed),
            allowed,
        })
    }
}

impl<F: FnMut() -> io::Result<Child> + Send> Probe for Succeeds<F> {
    fn check(&mut self, _: Deadline) -> Check {
        let run = match self.running.take() {
            Some(run) => run,
            None => match self.start() {
                Ok(run) => run,
                Err(error) => {
                    return Check::Failed(format!("cannot run the readiness command: {error}"));
                }
            },
        };
        match run.child.ended() {
            Some(End::Code(0)) => Check::Ready,
            Some(end) => Check::NotYet(format!("the readiness command: {end}")),
            None if run.until.has_passed() => Check::NotYet(format!(
                "the readiness command did not exit within {:.0?}",
                run.allowed
            )),
            None => {
                self.running = Some(run);
                Check::NotYet("the readiness command was still running".into())
            }
        }
    }

    fn by_others(&self) -> bool {
        true
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        let running = self.running.iter();
        running
            .map(|run| Interest::readable(run.child.end()))
            .collect()
    }

    fn again(&self) -> Option<Duration> {
        self.running.as_ref()?.until.left()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.child.kill(Kill::NOW);
        self.child.gone(Deadline::after(KILLED));
    }
}
