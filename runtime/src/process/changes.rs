//! Changes of something shared, which can be waited for beside anything else.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// A condition variable for [`wait`](super::wait), so that the same wait also notices a disconnected client or the end of the session.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<Option<(Arc<PipeReader>, PipeWriter)>>);

impl Changes {
    /// What becomes readable at the next change. Ask for it while what may change is locked, and wait when it is not.
    pub(crate) fn next(&self) -> io::Result<Arc<PipeReader>> {
        let mut next = lock(&self.0);
        if let Some((change, _)) = &*next {
            return Ok(Arc::clone(change));
        }
        let (change, tell) = io::pipe()?;
        let change = Arc::new(change);
        *next = Some((Arc::clone(&change), tell));
        Ok(change)
    }

    /// Wakes all waiting threads.
    pub(crate) fn tell(&self) {
        let next = lock(&self.0).take();
        if let Some((_, mut tell)) = next {
            // To close it would not do: a process that is just being forked may have it open too.
            let _ = tell.write_all(&[0]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::deadline::Deadline;
    use crate::process::{Interest, wait};

    fn happened(change: &PipeReader, until: Deadline) -> bool {
        wait(&[Interest::readable(change.as_fd())], until).unwrap() == [true]
    }

    #[test]
    fn all_who_wait_are_told_and_later_ones_wait_for_the_next() {
        let changes = Changes::default();
        changes.tell();
        let waiting = [changes.next().unwrap(), changes.next().unwrap()];
        assert!(!happened(&waiting[0], Deadline::now()));
        thread::scope(|scope| {
            let long = Deadline::after(Duration::from_secs(60));
            let threads = waiting
                .each_ref()
                .map(|change| scope.spawn(move || happened(change, long)));
            changes.tell();
            assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
        });
        let later = changes.next().unwrap();
        assert!(!happened(&later, Deadline::now()));
    }
}
