//! Cleaning up after sessions whose supervisor was killed.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::directory::SessionDir;
use crate::isolation::remove_parts;
use crate::process::{kill_marked, remove_shared_memory};
use crate::startup::MARK;

/// How long a server of somebody else's may take to remove what a dead session has left in it.
const FOREIGN: Duration = Duration::from_secs(10);

/// Removes what dead sessions of the same user have left beside this one: directories, and processes that had detached themselves.
pub(super) fn sweep(own: &SessionDir) {
    for session in own.others() {
        if let Some(_locks) = session.lock_dead() {
            kill_marked(MARK, session.path());
            remove_shared_memory(&session.processes());
            for isolation in session.used() {
                remove_parts(&isolation, Deadline::after(FOREIGN));
            }
            session.remove();
        }
    }
}
