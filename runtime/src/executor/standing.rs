//! Whether what has been started still works, as far as that shows.

use std::io;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::deadline::Deadline;
use crate::launch::{Command, Process};
use crate::place::Place;
use crate::process::Identity;
use crate::ready::{Check, Run, probe};

impl<K: Kind> ExecutorOf<K> {
    /// Whether nothing has to be done to start it. A process that failed has to be started again, although a child of it may be left; of
    /// one that exited with 0, as daemons do that fork, the sign must still be there.
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

/// Whether there is what shows that a process is ready, if that is something which lasts: a listener or a file.
fn shows(process: &Process, place: &Place) -> bool {
    let cwd = match &process.command.cwd {
        Some(cwd) => place.fill(&cwd.to_string_lossy()).into(),
        None => place.dir.clone(),
    };
    // A command is not run for this: that it succeeds is nothing that lasts.
    let nothing = |_: &Command| -> Run<'_> { Box::new(|| Err(io::ErrorKind::Unsupported.into())) };
    let mut probe = probe(&process.ready, place, &cwd, &nothing);
    let lasts = probe.address().is_some() || probe.leaves().is_some();
    !lasts || probe.holds_before(Deadline::NONE).is_some()
}
