//! The starts that are under way.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::lock::lock;
use crate::startup::Phase;

/// All of one session.
#[derive(Debug, Default)]
pub(super) struct Starts(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    all: Mutex<Vec<Arc<Starting>>>,
    ended: Condvar,
}

/// One daemon that starts.
#[derive(Debug)]
pub(super) struct Starting {
    pub(super) name: String,
    pub(super) since: Instant,
    phase: Mutex<Option<Phase>>,
}

/// A start is under way as long as this is there.
#[derive(Debug)]
pub(super) struct UnderWay {
    starts: Arc<Inner>,
    starting: Arc<Starting>,
}

impl Starts {
    /// One more is under way.
    pub(super) fn begin(&self, name: &str) -> UnderWay {
        let starting = Arc::new(Starting {
            name: name.into(),
            since: Instant::now(),
            phase: Mutex::default(),
        });
        lock(&self.0.all).push(Arc::clone(&starting));
        UnderWay {
            starts: Arc::clone(&self.0),
            starting,
        }
    }

    /// Waits until none is under way any more, but not for long.
    pub(super) fn wait(&self, patience: Duration) {
        let all = lock(&self.0.all);
        let ended = &self.0.ended;
        let _ = ended.wait_timeout_while(all, patience, |all| !all.is_empty());
    }

    /// Those that are under way.
    pub(super) fn list(&self) -> Vec<Arc<Starting>> {
        lock(&self.0.all).clone()
    }
}

impl Starting {
    /// How far it has come.
    pub(super) fn phase(&self) -> Option<Phase> {
        lock(&self.phase).clone()
    }
}

impl UnderWay {
    /// It has come so far.
    pub(super) fn reached(&self, phase: &Phase) {
        *lock(&self.starting.phase) = Some(phase.clone());
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.starts.all).retain(|other| !Arc::ptr_eq(other, &self.starting));
        self.starts.ended.notify_all();
    }
}
