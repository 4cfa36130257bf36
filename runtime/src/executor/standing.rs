//! Checks whether a started process still works.

use std::io;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::deadline::Deadline;
use crate::launch::{Command, Process};
use crate::place::Place;
use crate::process::Identity;
use crate::ready::{Check, Run, probe};

impl<K: Kind> ExecutorOf<K> {
    /// Returns whether it is already started. A failed process must be started again, even if one of its children is left. If the process
    /// exited with status 0, as daemons that fork do, its readiness condition must still hold.
    pub(super) fn stands(&mut self) -> bool {
        let Some(started) = &self.started else {
            return false;
        };
        match started.instance.hold().status() {
            Ok((true, None)) => {}
            _ => return false,
        }
        if Identity::of(started.instance.pid()).is_some() {
            return true;
        }
        if let Some(readiness) = self.kind.own() {
            let until = Deadline::after(started.launch.timeout);
            return readiness.check(until) == Check::Ready;
        }
        let place = started.place();
        let processes = &started.launch.processes;
        processes.iter().all(|process| shows(process, &place))
    }
}

/// Returns whether a process's readiness condition still holds, if it is one that lasts: a listener or a file.
fn shows(process: &Process, place: &Place) -> bool {
    let cwd = match &process.command.cwd {
        Some(cwd) => place.fill(&cwd.to_string_lossy()).into(),
        None => place.dir.clone(),
    };
    // A command is not run for this, since its success is not a lasting state.
    let nothing = |_: &Command| -> Run<'_> { Box::new(|| Err(io::ErrorKind::Unsupported.into())) };
    let mut probe = probe(&process.ready, place, &cwd, &nothing);
    let lasts = probe.address().is_some() || probe.leaves().is_some();
    !lasts || probe.holds_before(Deadline::NONE).is_some()
}
