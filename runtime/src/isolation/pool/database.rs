//! A test's database, from when it is taken until it is given back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::order::Order;
use super::shared::{BACKLOG, MOST, Shared, Stock, wait};
use crate::error::Refused;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
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
        let more = others_follow && !stock.is_short && self.server.is_plentiful();
        if found.is_none() && more {
            stock.wanted = (stock.wanted + 1).min(MOST);
        }
        let excess = match found {
            None if stock.unwanted.len() >= BACKLOG => stock.unwanted.pop_front(),
            _ => None,
        };
        self.see_to_it(&mut stock);
        let orders = found.is_none() && stock.can_order();
        if orders {
            stock.order = Order::Expected(self.name(test));
        }
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
        let made = match orders.then(|| self.ordered(patience)) {
            Some(Ok(Some(name))) => Ok(name),
            Some(Err(problem)) => Err(problem.refuses("create a database")),
            Some(Ok(None)) | None => self.make(test, template, patience),
        };
        let mut stock = lock(&self.stock);
        stock.making -= 1;
        stock.is_proven |= made.is_ok();
        drop(stock);
        self.changed.tell();
        made.map(database)
    }

    /// Makes a database.
    fn make(
        self: &Arc<Self>,
        test: &str,
        template: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<String, Refused> {
        let name = self.name(test);
        match self.server.make(template, &name, patience) {
            Ok(()) => Ok(name),
            Err(refused) => {
                // Nobody knows how far it has come.
                self.discard(name);
                Err(refused)
            }
        }
    }

    /// Waits for the one that the background thread makes; `None` if it could not.
    fn ordered(&self, patience: &Patience<'_>) -> Result<Option<String>, Problem> {
        let mut stock = lock(&self.stock);
        while stock.order.name().is_some() && stock.works {
            match wait(stock, &self.stock, &self.changed, patience) {
                Ok(again) => stock = again,
                Err(problem) => {
                    let mut stock = lock(&self.stock);
                    // It may have come just now.
                    if let Order::Made(name) = std::mem::take(&mut stock.order) {
                        stock.ready.push_back(name);
                    }
                    return Err(problem);
                }
            }
        }
        match std::mem::take(&mut stock.order) {
            Order::Made(name) => Ok(Some(name)),
            _ => Ok(None),
        }
    }
}

impl Stock {
    /// Returns whether a test does better to wait for the background thread than to make a database beside it: both would take twice as long.
    fn can_order(&self) -> bool {
        let is_free = self.makes || !self.is_busy;
        // The first test is to be told what exactly is wrong.
        let is_likely = self.works && self.wanted > 0 && self.is_proven;
        is_likely && is_free && matches!(self.order, Order::Nothing)
    }
}

impl Database {
    /// What its test is told of it.
    pub(crate) fn values(&self) -> BTreeMap<String, String> {
        self.pool.server.values(&self.name)
    }

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
            None => pool.server.renew(template.as_deref(), name, patience),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pool.discard(std::mem::take(&mut self.name));
    }
}
