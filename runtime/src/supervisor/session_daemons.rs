//! The daemons that `fixtured run` starts for all tests of the session.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::launch::{Isolation, Launch};
use crate::lock::lock;
use crate::startup::Running;

/// Those that `fixtured run` holds. Tests of the session that ask for the same use them.
#[derive(Debug, Default)]
pub(super) struct SessionDaemons {
    all: Mutex<Vec<Weak<Running>>>,
    is_used: AtomicBool,
}

impl SessionDaemons {
    /// One will come.
    pub(super) fn expect(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Returns whether there has ever been one, or will be.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    /// Has tests use this one, as long as it is held.
    pub(super) fn add(&self, running: &Arc<Running>) {
        self.lock().push(Arc::downgrade(running));
    }

    /// The one that is what a test asks for, on whatever ports, unless the test has fixed others.
    pub(super) fn find(&self, launch: &Launch) -> Option<Arc<Running>> {
        self.lives().find(|running| {
            let ports = &running.place.ports;
            let mut fixed = launch.fixed_ports.iter();
            fixed.all(|(name, port)| ports.get(name) == Some(port))
                && server(&running.asked) == server(launch)
        })
    }

    /// Returns whether a URL leads to one of them: what `fixtured run` exports is not an external server.
    pub(super) fn is_at(&self, url: &str) -> bool {
        let without_path = |url: &str| {
            let end = url.rfind('/').unwrap_or(url.len());
            url.get(..end).map(ToOwned::to_owned)
        };
        self.lives().any(|running| {
            let own = running.place.fill(&running.launch.url);
            without_path(&own) == without_path(url)
        })
    }

    fn lives(&self) -> impl Iterator<Item = Arc<Running>> {
        let all: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        all.into_iter().filter(|running| running.lives())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Running>>> {
        lock(&self.all)
    }
}

/// What tests mean by the same server: what they get inside it and where it listens makes no difference.
fn server(launch: &Launch) -> Launch {
    Launch {
        isolation: Isolation::None,
        fixed_ports: BTreeMap::new(),
        ..launch.clone()
    }
}
