//! What a start makes of the cache.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::running::Running;
use super::start::Start;
use crate::error::{Cause, Note};
use crate::launch::Output;
use crate::template::Copied;

/// What a start has to remember of the cache while it is tried.
#[derive(Default)]
pub(crate) struct Prepared {
    /// What was copied from it in this try.
    copied: Mutex<Vec<Copied>>,
    /// What is to be said in the next try.
    note: Mutex<Option<Note>>,
}

impl Start<'_> {
    pub(super) fn copied(&self, copied: Copied) {
        lock(&self.prepared.copied).push(copied);
    }

    /// Says in the log of a daemon that something went another way than usual. Whoever gets it is told, the first time in a session.
    pub(super) fn note(&self, note: &Note, running: &Running) {
        if let Ok(mut log) = running.log.open(&Output::Log) {
            let _ = writeln!(log, "fixtured: {note}");
        }
        if self.templates.is_new(note) {
            lock(&running.notes).push(note.to_string());
        }
    }

    /// Begins a try.
    pub(super) fn begin_try(&self, running: &Running) {
        lock(&self.prepared.copied).clear();
        if let Some(note) = lock(&self.prepared.note).take() {
            self.note(&note, running);
        }
    }

    /// Throws away what was copied in a try that failed, if that may have been the reason. Says whether it makes sense to try again.
    pub(super) fn doubt_the_cache(&self, cause: &Cause) -> bool {
        let doubtful = matches!(
            cause,
            Cause::Exited { .. } | Cause::NotReady { .. } | Cause::Check { .. } | Cause::Io { .. }
        );
        let copied = std::mem::take(&mut *lock(&self.prepared.copied));
        if !doubtful || copied.is_empty() {
            return false;
        }
        for copied in copied {
            let path = copied.throw_away();
            let name = self.launch.name.clone();
            *lock(&self.prepared.note) = Some(Note::DidNotStart { name, path });
        }
        // After a deadline there is no time left; the next start begins anew.
        !matches!(cause, Cause::NotReady { .. })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
