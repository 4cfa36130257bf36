//! A server that does what a test wants.

use std::collections::BTreeSet;
use std::sync::Condvar;
use std::time::Duration;

use super::*;
use crate::isolation::problem::Kind;
use crate::isolation::problem::Problem;

/// How long anything may take on a busy machine.
pub(super) const LONG: Duration = Duration::from_secs(60);

/// As long as nothing of a test takes.
pub(super) const SHORT: Duration = Duration::from_millis(20);

/// What a server does when it is asked for something.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Mood {
    #[default]
    Works,
    Refuses,
    /// It does not answer.
    Hangs,
    /// It has room for so many databases.
    Holds(usize),
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) prepares: Mood,
    pub(super) makes: Mood,
    pub(super) removes: Mood,
    /// What belongs to all databases.
    pub(super) global: Vec<String>,
    pub(super) databases: BTreeSet<String>,
    pub(super) prepared: usize,
    pub(super) made: usize,
    /// The most that there have been.
    pub(super) most: usize,
}

/// A server whose databases are names.
#[derive(Clone, Debug, Default)]
pub(super) struct Fake(pub(super) Arc<(Mutex<Seen>, Condvar)>);

impl Fake {
    pub(super) fn set(&self, set: impl FnOnce(&mut Seen)) {
        set(&mut lock(&self.0.0));
        self.0.1.notify_all();
    }

    /// Waits until this is so.
    pub(super) fn until<T>(&self, what: &str, look: impl Fn(&Seen) -> Option<T>) -> T {
        let mut seen = lock(&self.0.0);
        loop {
            if let Some(found) = look(&seen) {
                return found;
            }
            let waited = self.0.1.wait_timeout(seen, LONG).unwrap();
            assert!(!waited.1.timed_out(), "{what}: {:?}", waited.0);
            seen = waited.0;
        }
    }

    fn asked(&self, mood: impl Fn(&Seen) -> Mood, patience: &Patience<'_>) -> Result<(), Problem> {
        let now = mood(&lock(&self.0.0));
        match now {
            Mood::Works => Ok(()),
            Mood::Holds(most) if lock(&self.0.0).databases.len() >= most => {
                Err(Problem::new(Kind::Full, "full"))
            }
            Mood::Holds(_) => Ok(()),
            Mood::Refuses => Err(Problem::new(Kind::Refused("no".into()), "no")),
            Mood::Hangs => patience.wait(&[]).map(drop),
        }
    }

    fn add(&self, name: &str) {
        self.set(|seen| {
            assert!(seen.databases.insert(name.into()), "{name} is there");
            seen.most = seen.most.max(seen.databases.len());
        });
    }
}

impl Server for Fake {
    fn new(_: &Databases, _: Processes) -> Self {
        Self::default()
    }

    fn global(&self, _: &Patience<'_>) -> Result<Vec<String>, Problem> {
        Ok(lock(&self.0.0).global.clone())
    }

    fn prepare(&self, name: &str, _: &Init, patience: &Patience<'_>) -> Result<(), Refused> {
        self.add(name);
        self.set(|seen| seen.prepared += 1);
        self.asked(|seen| seen.prepares, patience)
            .map_err(|problem| problem.refuses("prepare"))
    }

    fn close(&self, _: &str, _: &Patience<'_>) -> Result<(), Refused> {
        Ok(())
    }

    fn make(&self, _: Option<&str>, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        self.set(|seen| seen.made += 1);
        self.asked(|seen| seen.makes, patience)
            .map_err(|problem| problem.refuses("make"))?;
        self.add(name);
        Ok(())
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.asked(|seen| seen.removes, patience)?;
        self.set(|seen| {
            seen.databases.remove(name);
        });
        Ok(())
    }

    fn names(&self, _: &Patience<'_>) -> Result<Vec<String>, Problem> {
        Ok(Vec::new())
    }
}
