//! What a session does with templates beside its starts.

use std::collections::BTreeSet;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use super::cache::Cache;
use super::entry::Copied;
use super::remove::remove_old;
use crate::deadline::Deadline;
use crate::directory::Missing;
use crate::error::Note;
use crate::lock::lock;
use crate::process::{Interest, wait};

/// How long the end of a session waits for a disk to have what was put into the cache.
const SYNC: Duration = Duration::from_secs(10);

/// What a session has to do with the cache.
#[derive(Default)]
pub(crate) struct Templates {
    /// The caches that were used.
    caches: Mutex<BTreeSet<PathBuf>>,
    /// What a daemon did not start with, and not without either.
    innocent: Mutex<Vec<Copied>>,
    /// What was said: once is enough.
    said: Mutex<BTreeSet<String>>,
    /// Closed at the other end when a template is in its place.
    keeping: Mutex<Vec<PipeReader>>,
}

impl Templates {
    /// Returns whether something is said for the first time.
    pub(crate) fn is_new(&self, note: &Note) -> bool {
        lock(&self.said).insert(note.to_string())
    }

    /// Returns whether a template is known not to be the reason why daemons do not start.
    pub(crate) fn is_innocent(&self, copied: &Copied) -> bool {
        lock(&self.innocent).contains(copied)
    }

    /// Notes that a daemon has not started without a template either.
    pub(crate) fn acquit(&self, copied: &Copied) {
        lock(&self.innocent).push(copied.clone());
    }

    pub(super) fn uses(&self, cache: &Cache) {
        lock(&self.caches).insert(cache.path.clone());
    }

    /// Finishes storing a template in the background, so that the start need not wait for the disk.
    pub(super) fn meanwhile(&self, work: impl FnOnce() + Send + 'static) {
        let Ok((kept, keeping)) = io::pipe() else {
            return work();
        };
        let work = move |_: PipeWriter| work();
        // Without a thread nothing is kept, as when this process is killed.
        if std::thread::Builder::new()
            .spawn(move || work(keeping))
            .is_ok()
        {
            lock(&self.keeping).push(kept);
        }
    }

    /// Waits until what was kept is in its place, and removes what is old; for the end of a session, when nothing waits for it.
    pub(crate) fn finish(&self) {
        let until = Deadline::after(SYNC);
        for kept in lock(&self.keeping).drain(..) {
            let _ = wait(&[Interest::closed(kept.as_fd())], until);
        }
        for path in lock(&self.caches).iter() {
            if let Ok(cache) = Cache::at(path, Missing::Refuse) {
                // What cannot be removed now can be later.
                let _ = remove_old(&cache);
            }
        }
    }
}
