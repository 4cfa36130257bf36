//! Databases that start from the same, some of them made ahead of their use.

use std::sync::{Arc, Mutex};

use super::patience::Patience;
use super::preparations::Preparations;
use super::protocol::server;
use super::server::Server;
use super::wire::Processes;
use crate::deadline::Deadline;
use crate::error::Refused;
use crate::launch::{Databases, Init};
use crate::lock::lock;
use crate::process::Changes;

mod claim;
mod shared;
mod template;

pub(crate) use claim::Claim;
use claim::Found;
use shared::{BACKLOG, Shared, UPKEEP, wait};
use template::Template;

/// The limit of databases that are kept ready. Each takes as much space as its template.
const MOST: usize = 8;

/// Databases that are cloned from the same template.
///
/// The first test creates its database itself. From then on the background thread keeps one database ready, and one more each time that a
/// test finds none. It also drops released databases when none has to be created. If released databases pile up, a test that finds none
/// ready drops one before it creates its own.
#[derive(Debug)]
pub(crate) struct Pool(Arc<Shared>);

/// What a test is given.
pub(crate) enum Taken {
    Database(Database),
    /// Its own code must prepare the template first.
    Prepare(Claim),
    /// It must be asked of another server.
    Elsewhere,
}

/// A test's database. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pool: Arc<Shared>,
}

impl Pool {
    /// In this server, with these processes of ours. If what is prepared in it may also be prepared in another one, there are
    /// `preparations`.
    pub(crate) fn new(
        databases: Databases,
        processes: Processes,
        preparations: Option<Arc<Preparations>>,
    ) -> Self {
        let server = server(&databases, processes);
        Self::of(server, databases.mark, databases.init, preparations)
    }

    fn of(
        server: Box<dyn Server>,
        mark: String,
        init: Init,
        preparations: Option<Arc<Preparations>>,
    ) -> Self {
        Self(Arc::new(Shared {
            server,
            mark,
            init,
            preparations,
            template: Mutex::new(Template::Absent),
            prepared: Changes::default(),
            stock: Mutex::default(),
            changed: Changes::default(),
        }))
    }

    /// Takes a database for the test of this name. Of several tests that ask before there is a template, one prepares it.
    pub(crate) fn take(
        &self,
        test: &str,
        others_follow: bool,
        patience: &Patience<'_>,
    ) -> Result<Taken, Refused> {
        let pool = &self.0;
        let template = match pool.template(test, patience)? {
            Found::Template(template) => template,
            Found::Claim(claim) => return Ok(Taken::Prepare(claim)),
            Found::Elsewhere => return Ok(Taken::Elsewhere),
        };
        let database = |name| {
            Taken::Database(Database {
                name,
                pool: Arc::clone(pool),
            })
        };
        let mut stock = lock(&pool.stock);
        if stock.closed {
            let reason = "the session is ending";
            return Err(Refused::statement("take a database", reason));
        }
        let found = stock.ready.pop_front();
        stock.making += usize::from(found.is_none());
        if found.is_none() && others_follow {
            stock.wanted = (stock.wanted + 1).min(MOST);
        }
        let excess = match found {
            None if stock.unwanted.len() >= BACKLOG => stock.unwanted.pop_front(),
            _ => None,
        };
        pool.see_to_it(&mut stock);
        drop(stock);
        pool.changed.tell();
        if let Some(name) = found {
            return Ok(database(name));
        }
        if let Some(name) = excess
            && let Err(problem) = pool.server.remove(&name, patience)
            && problem.is_early()
        {
            // The client would wait no longer, but the database is still there. What the server refuses to drop goes with the server.
            pool.discard(name);
        }
        let name = pool.name(test);
        let made = pool.server.make(template.as_deref(), &name, patience);
        lock(&pool.stock).making -= 1;
        if made.is_err() {
            // Nobody knows how far it has come.
            pool.discard(name.clone());
        }
        pool.changed.tell();
        made.map(|()| database(name))
    }

    /// Makes no more databases, and waits until none is being made.
    pub(crate) fn close(&self, until: Deadline) {
        let pool = &self.0;
        pool.end();
        let patience = Patience {
            until,
            ..Patience::of(UPKEEP)
        };
        let mut stock = lock(&pool.stock);
        while stock.works || stock.making > 0 {
            match wait(stock, &pool.stock, &pool.changed, &patience) {
                Ok(again) => stock = again,
                // It goes with the server.
                Err(_) => return,
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pool.discard(std::mem::take(&mut self.name));
    }
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
