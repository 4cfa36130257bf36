//! Waiting for a condition that only the test process can check.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::started::Started;
use crate::daemons::Program;
use crate::deadline::Deadline;
use crate::error::{End, Result};
use crate::instance::Instance;
use crate::launch::template;
use crate::log::tail;
use crate::process;
use crate::ready::{Awaited, Custom, ProcessInfo, ProcessStatus, Readiness, Waiting, wait};

/// Waits for a condition that only this process can check.
pub(super) fn wait_in_client(
    readiness: &mut dyn Readiness,
    started: &mut Started,
    program: &Program,
    until: Deadline,
) -> Result<()> {
    // A process that has already exited has no descriptor; the first check notices its exit.
    let process = Leased {
        instance: &started.instance,
        exits: process::pidfd(started.instance.pid()).ok(),
    };
    let waiting = Waiting {
        process: Some(&process),
        by_others: program.accepts_external_listener(),
        ..Waiting::new(&[], until)
    };
    let waited = wait(&mut Custom(readiness), &waiting);
    let Err(not_ready) = waited else {
        return Ok(());
    };
    let facts = started.instance.facts();
    let process_info = ProcessInfo {
        name: facts.name.clone(),
        command: started.place().fill(&template(&program.shown())),
        pid: Some(facts.pid),
        timeout: started.launch.timeout,
        log: tail(&facts.log),
    };
    started.give_up();
    Err(started
        .instance
        .hold()
        .keeping(not_ready.cause(process_info))
        .into())
}

/// A process that the supervisor runs for this client.
struct Leased<'a> {
    instance: &'a Instance<Program>,
    exits: Option<OwnedFd>,
}

impl Awaited for Leased<'_> {
    fn look(&self) -> ProcessStatus {
        let mut hold = self.instance.hold();
        match hold.status() {
            Ok((true, ended)) => ProcessStatus { ended, gone: false },
            // The supervisor reports neither a successful exit, since daemons may fork, nor one that was asked for.
            Ok((false, ended)) => {
                let state = || hold.state_of(None).ok()?.end();
                ProcessStatus {
                    ended: ended.or_else(state).or(Some(End::Unseen)),
                    gone: true,
                }
            }
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
