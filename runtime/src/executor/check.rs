//! Waiting for what only the process of the test can check.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Mutex;

use super::started::Started;
use crate::daemons::Program;
use crate::deadline::Deadline;
use crate::error::{Cause, End, Result};
use crate::launch::template;
use crate::lock::lock;
use crate::log::tail;
use crate::place::Place;
use crate::process;
use crate::ready::{Awaited, Custom, ProcessInfo, ProcessStatus, Readiness, Waiting, wait};
use crate::startup::How;
use crate::supervisor::Lease;

/// Waits for what only this process can check.
pub(super) fn wait_in_client(
    readiness: &mut dyn Readiness,
    started: &mut Option<Started>,
    program: &Program,
    until: Deadline,
) -> Result<()> {
    let Some(Started {
        lease,
        facts,
        launch,
        stopped,
    }) = started
    else {
        return Err(Cause::io(
            "wait",
            format!("`{}` has not been started", program.shown()),
        )
        .into());
    };
    // A process that has ended already has no descriptor; then its end is seen at the first look.
    let process = Leased {
        lease: Mutex::new(lease),
        exits: process::pidfd(facts.pid).ok(),
    };
    let waiting = Waiting {
        process: Some(&process),
        by_others: program.foreign_listener_accepted(),
        ..Waiting::new(&[], until)
    };
    let waited = wait(&mut Custom(readiness), &waiting);
    let Err(not_ready) = waited else {
        return Ok(());
    };
    let log = tail(&facts.log);
    let _ = lease.stop(How {
        signal: Some("SIGKILL".into()),
        ..How::default()
    });
    *stopped = true;
    let place = Place {
        dir: facts.dir.clone(),
        ports: facts.ports.clone(),
        values: facts.values.clone(),
        ..Place::default()
    };
    let cause = not_ready.cause(ProcessInfo {
        name: facts.name.clone(),
        command: place.fill(&template(&program.shown())),
        pid: Some(facts.pid),
        timeout: launch.timeout,
        log,
    });
    Err(lease.keeping(cause).into())
}

/// A process that the supervisor looks after for us.
struct Leased<'a> {
    lease: Mutex<&'a mut Lease>,
    exits: Option<OwnedFd>,
}

impl Awaited for Leased<'_> {
    fn look(&self) -> ProcessStatus {
        let mut lease = lock(&self.lease);
        match lease.status() {
            Ok((true, ended)) => ProcessStatus { ended, gone: false },
            // A good end is not told, since daemons fork.
            Ok((false, ended)) => ProcessStatus {
                ended: ended.or(Some(End::Code(0))),
                gone: true,
            },
            Err(_) => ProcessStatus {
                ended: Some(End::Unseen),
                gone: true,
            },
        }
    }

    fn end(&self) -> Option<BorrowedFd<'_>> {
        self.exits.as_ref().map(AsFd::as_fd)
    }

    fn left(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
