//! All logs of one session.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::daemon::DaemonLogs;
use super::file::Log;
use crate::deadline::Deadline;
use crate::launch::Process;
use crate::lock::lock;
use crate::process::{Interest, Watch, wait};

/// How long the logs are left alone after a look at them: what is printed meanwhile may come on top of the limit.
const REST: Duration = Duration::from_millis(50);

/// The logs that are written to, by daemon.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    used: Mutex<Vec<Weak<DaemonLogs>>>,
    /// Whether any is kept after the session.
    kept: AtomicBool,
}

impl Logs {
    /// The logs of a daemon with these processes, the main one's at `path`. The newest `limit` bytes of each are kept, as long as they
    /// are in use.
    pub(crate) fn add(&self, path: PathBuf, limit: u64, processes: &[Process]) -> Arc<DaemonLogs> {
        let logs = Arc::new(DaemonLogs::new(path, limit, processes));
        let mut all = lock(&self.used);
        all.retain(|logs| logs.strong_count() > 0);
        all.push(Arc::downgrade(&logs));
        logs
    }

    /// Keeps the log at this path after the session, with the others of its daemon, whether they are in use or not.
    pub(crate) fn keep(&self, path: &Path) {
        self.kept.store(true, Ordering::Relaxed);
        let all = lock(&self.used);
        let used = all.iter().filter_map(Weak::upgrade);
        used.for_each(|logs| logs.keep(path));
    }

    /// Returns whether any log is kept after the session.
    pub(crate) fn keeps_any(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// Keeps all logs, which are in this directory, to their limits until the other end of `ending` is closed. It does nothing as long
    /// as nothing is printed.
    pub(crate) fn limit(&self, directory: &Path, ending: BorrowedFd<'_>) {
        let Ok(watch) = Watch::new(directory) else {
            return self.limit_now_and_then(ending);
        };
        loop {
            let changes = watch.changes().map(Interest::readable);
            let interests: Vec<_> = [Interest::closed(ending)]
                .into_iter()
                .chain(changes)
                .collect();
            match wait(&interests, Deadline::NONE) {
                Ok(happened) if happened.first() == Some(&false) => {}
                _ => return,
            }
            watch.clear();
            if !self.limit_once(ending) {
                return;
            }
        }
    }

    /// Without being told when something is printed: this user watches too much already.
    fn limit_now_and_then(&self, ending: BorrowedFd<'_>) {
        while self.limit_once(ending) {}
    }

    /// Returns whether to continue.
    fn limit_once(&self, ending: BorrowedFd<'_>) -> bool {
        let all = lock(&self.used).clone();
        for logs in all.iter().filter_map(Weak::upgrade) {
            logs.all().for_each(Log::keep_newest);
        }
        let rest = Deadline::after(REST);
        wait(&[Interest::closed(ending)], rest).is_ok_and(|ended| ended == [false])
    }
}
