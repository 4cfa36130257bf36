//! Who uses which daemon.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::startup::Running;

/// Those of one session.
#[derive(Debug, Default)]
pub(super) struct Visitors(Mutex<Vec<Weak<Visitor>>>);

/// A client that uses a daemon, as long as this is there.
#[derive(Debug)]
pub(super) struct Visitor {
    running: Weak<Running>,
    /// What it calls itself: the name of a test.
    name: String,
}

impl Visitors {
    /// One more uses a daemon.
    pub(super) fn add(&self, running: &Arc<Running>, name: &str) -> Arc<Visitor> {
        let visitor = Arc::new(Visitor {
            running: Arc::downgrade(running),
            name: name.into(),
        });
        let mut all = self.lock();
        all.retain(|visitor| visitor.strong_count() > 0);
        all.push(Arc::downgrade(&visitor));
        visitor
    }

    /// The names of those who use a daemon.
    pub(super) fn of(&self, running: &Arc<Running>) -> Vec<String> {
        let all: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        all.iter()
            .filter(|visitor| visitor.running.ptr_eq(&Arc::downgrade(running)))
            .map(|visitor| visitor.name.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Visitor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
