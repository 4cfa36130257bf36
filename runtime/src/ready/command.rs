//! Ready when a command succeeds.

use std::io;
use std::time::Duration;

use super::{Check, Readiness};
use crate::deadline::Deadline;
use crate::error::End;
use crate::process::{Child, Interest, Kill, wait};

/// How long one run of the command may take.
const RUN: Duration = Duration::from_secs(5);

/// Ready when the command ends with exit status 0.
pub(crate) struct Succeeds<F> {
    /// Starts the command.
    run: F,
}

impl<F: FnMut() -> io::Result<Child> + Send> Succeeds<F> {
    pub(crate) fn new(run: F) -> Self {
        Self { run }
    }
}

impl<F: FnMut() -> io::Result<Child> + Send> Readiness for Succeeds<F> {
    fn check(&mut self, _: Deadline) -> Check {
        let child = match (self.run)() {
            Ok(child) => child,
            Err(error) => {
                return Check::Failed(format!("the command that asks cannot be run: {error}"));
            }
        };
        let until = Deadline::after(RUN);
        let _ = wait(&[Interest::readable(child.end())], until);
        let ended = child.ended();
        child.kill(Kill::NOW);
        match ended {
            Some(End::Code(0)) => Check::Ready,
            Some(end) => Check::NotYet(format!("the command that asks: {end}")),
            None => Check::NotYet(format!("the command that asks did not end within {RUN:?}")),
        }
    }
}
