//! Why a start has come to nothing.

use std::sync::Arc;

use super::attempt::Attempt;
use super::started::Started;
use crate::error::Cause;
use crate::ready::{Missed, Waited};

impl Attempt<'_> {
    /// Why a process, or what was waited for beside it, has not become ready.
    pub(super) fn missed_by(&self, missed: Missed, waited: Option<&Arc<Started>>) -> Cause {
        let others = self.running.processes();
        let (missed, process) = match missed {
            // The cause is the process that died, not the one that needs it.
            Missed::OtherEnded(pid, end) => {
                let dead = others.iter().find(|other| other.child.pid() == pid);
                (Missed::Ended(end), dead.or(waited))
            }
            missed => (missed, waited),
        };
        missed.cause(Waited {
            name: self.name(),
            command: process.map_or("none".into(), |process| process.command.clone()),
            pid: process.map(|process| process.child.pid()),
            timeout: self.start.launch.timeout,
            log: self.running.log.tail(),
        })
    }
}
