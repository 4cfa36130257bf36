//! Starting again without the cache when its data may be the reason for a failed start.

use std::io::Write;

use super::running::Running;
use super::start::Start;
use crate::error::{Cause, Note};
use crate::launch::Output;
use crate::lock::lock;
use crate::template::Copied;

impl Start<'_> {
    /// Says in the log of a daemon that something went another way than usual. Whoever gets it is told, the first time in a session.
    pub(super) fn note(&self, note: &Note, running: &Running) {
        if let Ok(mut log) = running.logs.main().open(&Output::Log) {
            let _ = writeln!(log, "fixtured: {note}");
        }
        if self.templates.is_new(note) {
            lock(&running.notes).push(note.to_string());
        }
    }

    /// After a try that failed: whether the next does without the cache, since what was copied may have been the reason.
    pub(super) fn doubts_the_cache(&self, cause: &Cause) -> bool {
        let doubtful = matches!(
            cause,
            Cause::Exited { .. } | Cause::Check { .. } | Cause::Io { .. }
        );
        let copied = self.prepared.copied();
        let known = |copied: &Copied| self.templates.is_innocent(copied);
        if self.prepared.is_from_scratch() || !doubtful || copied.iter().all(known) {
            return false;
        }
        self.prepared.start_from_scratch();
        true
    }

    /// Ends the attempts. Cached data is discarded if the daemon started without it, and also if the daemon did not start in time: then the
    /// cause is unknown, and the next start builds the data again.
    pub(super) fn judge_the_cache(&self, result: Result<Running, Cause>) -> Result<Running, Cause> {
        let copied = self.prepared.copied();
        match (result, self.prepared.is_from_scratch()) {
            (Ok(running), true) => {
                for copied in copied {
                    let (name, path) = (self.launch.name.clone(), copied.throw_away());
                    self.note(&Note::DidNotStart { name, path }, &running);
                }
                Ok(running)
            }
            (Err(mut cause), false) => {
                if let Cause::NotReady { missing, .. } = &mut cause {
                    for copied in copied {
                        let path = copied.throw_away();
                        *missing += &Note::MayBeDamaged { path }.to_string();
                    }
                }
                Err(cause)
            }
            (result, _) => {
                if result.is_err() {
                    copied.iter().for_each(|it| self.templates.acquit(it));
                }
                result
            }
        }
    }
}
