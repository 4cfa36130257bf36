//! Which process this is, even after its number has been given to another one.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A process, by its number and the moment it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    /// In clock ticks since the machine started.
    pub(crate) started: u64,
}

impl Identity {
    /// The process that has this number now, unless there is none or it has ended.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program may contain anything, a `)` too; the fields after it are numbers.
        let (_, fields) = stat.rsplit_once(") ")?;
        let mut fields = fields.split(' ');
        let state = fields.next()?;
        let started = fields.nth(18)?.parse().ok()?;
        (!matches!(state, "Z" | "X")).then_some(Self { pid, started })
    }

    /// Returns whether the process still runs.
    pub(crate) fn runs(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Its command; empty if it cannot be told.
    pub(crate) fn command(self) -> String {
        let command = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        command.trim().into()
    }

    /// The name of the program's file.
    pub(crate) fn program(self) -> Option<String> {
        let path: PathBuf = fs::read_link(format!("/proc/{}/exe", self.pid)).ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    }
}

/// Returns whether the process is stopped by a signal or by a tracer.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").map(|(_, fields)| fields);
    state.is_some_and(|state| state.starts_with(['T', 't']))
}

/// The ID of the process's parent.
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_has_a_parent() {
        let this = Identity::of(std::process::id()).unwrap();
        assert!(this.runs());
        assert!(
            !Identity {
                started: this.started + 1,
                ..this
            }
            .runs()
        );
        assert_eq!(parent(this.pid), Some(std::os::unix::process::parent_id()));
    }

    #[test]
    fn no_process_has_number_zero() {
        assert_eq!(Identity::of(0), None);
    }
}
