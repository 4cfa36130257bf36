//! The error of a failed start.

use std::sync::Arc;

use super::attempt::Attempt;
use super::started::Started;
use crate::error::Cause;
use crate::ready::{NotReady, ProcessInfo};

impl Attempt<'_> {
    /// Why a process, or what was waited for beside it, has not become ready. The end of the log is that of the process to blame.
    pub(super) fn not_ready(&self, not_ready: NotReady, waited: Option<&Arc<Started>>) -> Cause {
        let logs = &self.running.logs;
        let others = self.running.processes();
        let (not_ready, process) = match not_ready {
            // The cause is the process that died, not the one that needs it.
            NotReady::OtherEnded(pid, end) => {
                let dead = others.iter().find(|other| other.child.pid() == pid);
                (NotReady::Ended(end), dead.or(waited))
            }
            not_ready => (not_ready, waited),
        };
        not_ready.cause(ProcessInfo {
            name: self.name(),
            command: process.map_or("none".into(), |process| process.command.clone()),
            pid: process.map(|process| process.child.pid()),
            timeout: self.start.launch.timeout,
            log: process
                .map_or(logs.main(), |process| logs.of(&process.name))
                .tail(),
        })
    }
}
