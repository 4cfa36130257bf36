//! Cleaning up after sessions whose supervisor was killed, or stopped for good.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::assignment::{Assignment, VARIABLE};
use crate::deadline::Deadline;
use crate::directory::SessionDir;
use crate::isolation::remove_parts;
use crate::process::{
    Identity, Interest, is_stopped, kill_marked, parent, pidfd, remove_shared_memory, signal, wait,
    with_variable,
};
use crate::startup::MARK;

/// How long a supervisor must have been stopped before it is treated as stopped for good: a tracer stops it briefly.
const FOR_GOOD: Duration = Duration::from_millis(500);

/// How long to wait for a server outside fixtured to remove what a dead session has left in it.
const FOREIGN: Duration = Duration::from_secs(10);

/// How long those that are ended may take to be gone.
const END: Duration = Duration::from_secs(5);

/// Removes what dead sessions of the same user have left beside this one: directories, and processes that had detached themselves.
pub(super) fn sweep(own: &SessionDir) {
    for session in own.others() {
        let again = || ends_for_good(&session).then(|| session.lock_dead());
        let Some(_locks) = session.lock_dead().or_else(|| again().flatten()) else {
            continue;
        };
        // What is still there may use what is listed, and is left to the next session.
        if end_processes(&session) {
            remove_shared_memory(&session.processes(), session.last_sign());
            for isolation in session.used() {
                remove_parts(&isolation, Deadline::after(FOREIGN));
            }
            session.remove();
        }
    }
}

/// Kills the supervisor of a session that lives but is stopped, and whose runner is gone: it will end nothing by itself. Returns whether it is
/// gone.
fn ends_for_good(session: &SessionDir) -> bool {
    let Some((supervisor, _)) = supervisor(session).filter(|(_, runner)| !runner.runs()) else {
        return false;
    };
    let Ok(end) = pidfd(supervisor.pid) else {
        return false;
    };
    let is_stopped = || is_stopped(supervisor.pid);
    if !is_stopped() || is_gone(&end, Deadline::after(FOR_GOOD)) || !is_stopped() {
        return false;
    }
    signal(supervisor, Signal::SIGKILL);
    is_gone(&end, Deadline::after(END))
}

/// The session's supervisor, and its runner.
fn supervisor(session: &SessionDir) -> Option<(Identity, Identity)> {
    let all = of(session);
    let keeps = |process: &Identity| {
        let parent = parent(process.pid);
        all.iter().any(|(other, _)| Some(other.pid) == parent)
    };
    let mut supervisors = all.iter().filter(|(process, _)| !keeps(process));
    supervisors.next().copied()
}

/// The session's supervisor and its keepers, which are forked from it, and their runner.
fn of(session: &SessionDir) -> Vec<(Identity, Identity)> {
    let all = with_variable(VARIABLE).into_iter();
    let ours = all.filter_map(|(process, value)| {
        let assignment = Assignment::of_any_version(&value)?;
        (assignment.session == session.path()).then_some((process, assignment.runner))
    });
    ours.collect()
}

/// Ends all processes of a session whose supervisor is gone. Returns whether they are gone.
fn end_processes(session: &SessionDir) -> bool {
    kill_marked(MARK, session.path());
    let until = Deadline::after(END);
    // A keeper ends its daemon by itself, unless it has been stopped by a signal.
    signal_all(session, Signal::SIGCONT);
    if !are_gone(session, until.within(END / 2)) {
        signal_all(session, Signal::SIGKILL);
        kill_marked(MARK, session.path());
    }
    are_gone(session, until)
}

fn signal_all(session: &SessionDir, by: Signal) {
    for (keeper, _) in of(session) {
        signal(keeper, by);
    }
}

/// Waits until no process of the session is left. Returns whether this has come.
pub(super) fn are_gone(session: &SessionDir, until: Deadline) -> bool {
    let this = std::process::id();
    loop {
        let keepers = of(session).into_iter().map(|(process, _)| process);
        let marked = with_variable(MARK).into_iter();
        let started =
            marked.filter(|(_, value)| value == session.path().as_os_str().as_encoded_bytes());
        let mut left = keepers.chain(started.map(|(process, _)| process));
        let Some(left) = left.find(|process| process.pid != this) else {
            return true;
        };
        // One that is gone meanwhile has no descriptor; then the next look does not find it.
        if let Ok(end) = pidfd(left.pid)
            && !is_gone(&end, until)
        {
            return false;
        }
        if until.has_passed() {
            return false;
        }
    }
}

fn is_gone(end: &OwnedFd, until: Deadline) -> bool {
    wait(&[Interest::readable(end.as_fd())], until).is_ok_and(|gone| gone == [true])
}
