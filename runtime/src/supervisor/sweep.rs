//! Cleaning up after sessions whose supervisor was killed.

use std::fs::{self, File};
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use super::client::START_LOCK;
use crate::directory::{processes, remove_session, used};
use crate::isolation::remove_parts;
use crate::process::{kill_marked, remove_shared_memory};
use crate::startup::MARK;

/// The file in a session's directory that its supervisor keeps locked as long as it lives.
pub(super) const LIFE_LOCK: &str = "lock";

/// Removes what dead sessions of the same user have left beside this one: directories, and processes that had detached themselves.
pub(super) fn sweep(own: &Path) {
    let Some(of_user) = own.parent() else { return };
    for entry in fs::read_dir(of_user).into_iter().flatten().flatten() {
        let session = entry.path();
        if session == own || !session.is_dir() {
            continue;
        }
        // A session that is just being started has a client that holds one of the locks; one that lives, a supervisor that
        // holds the other.
        if let (Some(_start), Some(_life)) = (
            lock(&session.join(START_LOCK)),
            lock(&session.join(LIFE_LOCK)),
        ) {
            kill_marked(MARK, &session);
            remove_shared_memory(&processes(&session));
            for isolation in used(&session) {
                remove_parts(&isolation);
            }
            remove_session(&session);
        }
    }
}

fn lock(path: &Path) -> Option<Flock<File>> {
    Flock::lock(File::create(path).ok()?, FlockArg::LockExclusiveNonblock).ok()
}
