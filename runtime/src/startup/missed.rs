//! Why a start has come to nothing.

use std::sync::Arc;

use super::running::{Running, Started};
use super::start::Start;
use crate::error::Cause;
use crate::log::Log;
use crate::ready::Missed;

impl Start<'_> {
    /// Why a process, or what was waited for beside it, has not become ready.
    pub(super) fn missed_by(
        &self,
        missed: Missed,
        waited: Option<&Arc<Started>>,
        running: &Running,
    ) -> Cause {
        let others = running.processes();
        let (missed, process) = match missed {
            // The cause is the process that died, not the one that needs it.
            Missed::OtherEnded(pid, end) => {
                let dead = others.iter().find(|other| other.child.pid() == pid);
                (Missed::Ended(end), dead.or(waited))
            }
            missed => (missed, waited),
        };
        let (pid, command) = process.map_or((0, "none".into()), |process| {
            (process.child.pid(), process.command.clone())
        });
        self.missed(missed, command, pid, &running.log)
    }

    pub(super) fn missed(&self, missed: Missed, command: String, pid: u32, log: &Log) -> Cause {
        let name = self.launch.name.clone();
        match missed {
            Missed::Deadline(missing) => Cause::NotReady {
                name,
                command,
                after: self.launch.timeout,
                missing,
                stopped: format!("pid {pid} and all its descendants"),
                log: log.tail(),
            },
            Missed::Unwanted => Cause::SessionEnded {
                why: format!("`{name}` was no longer wanted while it started"),
            },
            Missed::Failed(reason) => Cause::Check {
                name,
                command,
                reason,
                log: log.tail(),
            },
            Missed::Ended(end) | Missed::OtherEnded(_, end) => Cause::Exited {
                name,
                command,
                end,
                log: log.tail(),
            },
        }
    }
}
