//! The clients of each daemon.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::lock::lock;
use crate::startup::Running;

/// Nobody reads more names than this.
const MOST: usize = 50;

/// Those of one session.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<Vec<Weak<Client>>>);

/// A client that uses a daemon, as long as this is there.
#[derive(Debug)]
pub(super) struct Client {
    running: Weak<Running>,
    /// What it calls itself: the name of a test.
    name: String,
    /// Whether it has a part of a daemon, not the whole.
    shares: bool,
    /// The others that have used the daemon meanwhile.
    beside: Mutex<BTreeSet<String>>,
}

impl Clients {
    /// One more uses a daemon.
    pub(super) fn add(&self, running: &Arc<Running>, name: &str, shares: bool) -> Arc<Client> {
        let client = Arc::new(Client {
            running: Arc::downgrade(running),
            name: name.into(),
            shares,
            beside: Mutex::default(),
        });
        let mut all = self.lock();
        all.retain(|client| client.strong_count() > 0);
        let others = all.iter().filter_map(Weak::upgrade);
        for other in others.filter(|other| other.running.ptr_eq(&client.running)) {
            client.met(&other);
            other.met(&client);
        }
        all.push(Arc::downgrade(&client));
        client
    }

    /// The names of the tests that use a daemon.
    pub(super) fn of(&self, running: &Arc<Running>) -> Vec<String> {
        let all: Vec<_> = self.lock().iter().filter_map(Weak::upgrade).collect();
        all.iter()
            .filter(|client| client.running.ptr_eq(&Arc::downgrade(running)))
            .map(|client| client.name.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Client>>> {
        lock(&self.0)
    }
}

impl Client {
    /// The names of the others that have used the daemon meanwhile.
    pub(super) fn beside(&self) -> Vec<String> {
        lock(&self.beside).iter().cloned().collect()
    }

    fn met(&self, other: &Self) {
        let mut beside = lock(&self.beside);
        if other.shares && other.name != self.name && beside.len() < MOST {
            beside.insert(other.name.clone());
        }
    }
}
