//! Connections that are not in use: making one takes as long as some statements.

use std::sync::{Mutex, MutexGuard};

use super::problem::Problem;

use crate::lock::lock;

/// How many connections are kept while nothing needs them: each is a process or a thread of the server, and one of those that tests may
/// have.
const MOST: usize = 8;

/// Connections of the type `C` that are not in use.
pub(super) struct Idle<C>(Mutex<Vec<C>>);

impl<C> Default for Idle<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C> Idle<C> {
    /// Does something over a connection, a new one if none is good, and keeps it for the next if it still is.
    pub(super) fn with<T>(
        &self,
        open: impl FnOnce() -> Result<C, Problem>,
        work: impl Fn(&mut C) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let idle = self.lock().pop();
        if let Some(connection) = idle {
            match self.over(connection, &work) {
                // A test may have ended it, or a setting, or a crash of another process of the server; the others are no better then.
                Err(problem) if problem.is_of_connection() => self.lock().clear(),
                done => return done,
            }
        }
        self.over(open()?, &work)
    }

    fn over<T>(
        &self,
        mut connection: C,
        work: &impl Fn(&mut C) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let done = work(&mut connection)?;
        let mut idle = self.lock();
        if idle.len() < MOST {
            idle.push(connection);
        }
        Ok(done)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<C>> {
        lock(&self.0)
    }
}
