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
mod database;
mod order;
mod shared;
mod shedding;
mod template;

pub(crate) use claim::Claim;
use claim::Found;
pub(crate) use database::Database;
use shared::{Shared, UPKEEP, wait};
use template::Template;

/// Databases that are cloned from the same template.
///
/// The background thread keeps one database ready, and one more each time that a test finds none. That test waits for the one that the
/// thread makes, unless another test waits for it already; then it makes its own. The thread also drops released databases when none has
/// to be created. If released databases pile up, a test that finds none ready drops one first.
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
        let database = pool.database(test, template.as_deref(), others_follow, patience);
        database.map(Taken::Database)
    }

    /// Drops the databases that no test uses, and makes none ahead any more.
    pub(crate) fn shed(&self, patience: &Patience<'_>) {
        self.0.shed(patience);
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

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
