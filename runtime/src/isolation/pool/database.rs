//! A test's database, from when it is taken until it is given back.

use std::sync::Arc;

use super::shared::{BACKLOG, MOST, Shared};
use crate::error::Refused;
use crate::isolation::patience::Patience;
use crate::lock::lock;

/// A test's database. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pool: Arc<Shared>,
}

impl Shared {
    /// A database of a template: one that was made ahead, or a new one.
    pub(super) fn database(
        self: &Arc<Self>,
        test: &str,
        template: Option<&str>,
        others_follow: bool,
        patience: &Patience<'_>,
    ) -> Result<Database, Refused> {
        let database = |name| Database {
            name,
            pool: Arc::clone(self),
        };
        let mut stock = lock(&self.stock);
        if stock.closed {
            let reason = "the session is ending";
            return Err(Refused::statement("take a database", reason));
        }
        let found = stock.ready.pop_front();
        stock.making += usize::from(found.is_none());
        if found.is_none() && others_follow && !stock.is_short {
            stock.wanted = (stock.wanted + 1).min(MOST);
        }
        let excess = match found {
            None if stock.unwanted.len() >= BACKLOG => stock.unwanted.pop_front(),
            _ => None,
        };
        self.see_to_it(&mut stock);
        drop(stock);
        self.changed.tell();
        if let Some(name) = found {
            return Ok(database(name));
        }
        if let Some(name) = excess
            && let Err(problem) = self.server.remove(&name, patience)
            && problem.is_early()
        {
            // The client would wait no longer, but the database is still there. What the server refuses to drop goes with the server.
            self.discard(name);
        }
        let name = self.name(test);
        let made = self.server.make(template, &name, patience);
        lock(&self.stock).making -= 1;
        if made.is_err() {
            // Nobody knows how far it has come.
            self.discard(name.clone());
        }
        self.changed.tell();
        made.map(|()| database(name))
    }
}

impl Database {
    /// Has it be what it was in the beginning, under its name, with nobody connected to it.
    pub(crate) fn reset(&self, patience: &Patience<'_>) -> Result<(), Refused> {
        let Self { name, pool } = self;
        let template = pool.ready_template();
        match pool.server.exchanging() {
            Some(server) => {
                let ready = pool.database("reset", template.as_deref(), true, patience)?;
                // What it was is then dropped in the place of the other.
                server.exchange(name, &ready.name, patience)
            }
            None => {
                let removed = pool.server.remove(name, patience);
                removed.map_err(|problem| problem.refuses(format!("drop {name}")))?;
                pool.server.make(template.as_deref(), name, patience)
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pool.discard(std::mem::take(&mut self.name));
    }
}
