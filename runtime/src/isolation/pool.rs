//! Databases that start from the same, some of them made ahead of their use.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::name;
use super::patience::Patience;
use super::problem::Problem;
use super::server::{Server, server};
use super::wire::Processes;
use crate::deadline::Deadline;
use crate::error::Refused;
use crate::launch::{Databases, Init};
use crate::lock::lock;
use crate::process::{Changes, Interest};

mod template;

pub(crate) use template::Claim;
use template::Template;

/// How many databases are kept ready at most; each takes the room of its template.
const MOST: usize = 8;

/// How many databases may wait to be dropped before that comes first; they take room too.
const BACKLOG: usize = 32;

/// How long one thing may take that is done for nobody in particular: making a database ahead, dropping one.
const UPKEEP: Duration = Duration::from_secs(60);

/// Databases that start from the same.
///
/// The first test makes its own. From then on one database is made ahead in the background, and whenever a test finds none, one more.
/// What tests have given back is dropped in the background too, when no database has to be made. Where tests come so fast that it piles
/// up, who finds no database drops one before it makes its own.
#[derive(Debug)]
pub(crate) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    server: Box<dyn Server>,
    /// What tells our databases from those of others; empty where there are no others.
    mark: String,
    init: Init,
    template: Mutex<Template>,
    prepared: Changes,
    stock: Mutex<Stock>,
    changed: Changes,
}

#[derive(Debug, Default)]
struct Stock {
    ready: VecDeque<String>,
    unwanted: VecDeque<String>,
    /// How many should be ready.
    wanted: usize,
    /// Whether somebody makes them ahead and drops them.
    works: bool,
    /// When this is closed, he is to end.
    ending: Option<PipeWriter>,
    /// How many tests are making their own right now.
    making: usize,
    closed: bool,
}

/// What a test is given.
pub(crate) enum Taken {
    Database(Database),
    /// Its own code must prepare the template first.
    Prepare(Claim),
}

/// A test's database. Dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pool: Arc<Shared>,
}

impl Pool {
    /// In this server, with these processes of ours.
    pub(crate) fn new(databases: Databases, processes: Processes) -> Self {
        let server = server(&databases, processes);
        Self::of(server, databases.mark, databases.init)
    }

    fn of(server: Box<dyn Server>, mark: String, init: Init) -> Self {
        Self(Arc::new(Shared {
            server,
            mark,
            init,
            template: Mutex::new(Template::Absent),
            prepared: Changes::default(),
            stock: Mutex::default(),
            changed: Changes::default(),
        }))
    }

    /// Takes a database for the test of this name. Of all who ask before there is a template, one prepares it.
    pub(crate) fn take(
        &self,
        test: &str,
        others_follow: bool,
        patience: &Patience<'_>,
    ) -> Result<Taken, Refused> {
        let pool = &self.0;
        let template = match pool.template(test, patience)? {
            Ok(template) => template,
            Err(claim) => return Ok(Taken::Prepare(claim)),
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
        if let Some(name) = excess {
            // What cannot be dropped goes with the server.
            let _ = pool.server.remove(&name, patience);
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

impl Shared {
    fn name(&self, test: &str) -> String {
        name::new(test, &self.mark)
    }

    /// Has a database dropped, soon.
    fn discard(self: &Arc<Self>, name: String) {
        let mut stock = lock(&self.stock);
        stock.unwanted.push_back(name);
        self.see_to_it(&mut stock);
        drop(stock);
        self.changed.tell();
    }

    /// Has somebody make databases ahead and drop those that were given back.
    fn see_to_it(self: &Arc<Self>, stock: &mut Stock) {
        if stock.works || stock.closed {
            return;
        }
        let pool = Arc::clone(self);
        // Without a thread, every test makes its own.
        stock.works = io::pipe().is_ok_and(|(ended, ending)| {
            stock.ending = Some(ending);
            let working = thread::Builder::new().spawn(move || pool.work(&ended));
            working.is_ok()
        });
    }

    /// Ends what is done in the background.
    fn end(&self) {
        let mut stock = lock(&self.stock);
        stock.closed = true;
        stock.ending = None;
        drop(stock);
        self.changed.tell();
    }

    /// Makes databases ahead and drops those that were given back, until the pool is closed.
    fn work(&self, ended: &PipeReader) {
        let unwanted = &[ended.as_fd()];
        let upkeep = || Patience {
            unwanted,
            ..Patience::of(UPKEEP)
        };
        let template = || match &*lock(&self.template) {
            Template::Ready(template) => template.clone(),
            _ => None,
        };
        let mut stock = lock(&self.stock);
        while !stock.closed {
            if stock.ready.len() < stock.wanted && stock.unwanted.len() < BACKLOG {
                drop(stock);
                let name = self.name("");
                let made = self.server.make(template().as_deref(), &name, &upkeep());
                stock = lock(&self.stock);
                match made {
                    Ok(()) => stock.ready.push_back(name),
                    // The next test that finds none will be told why.
                    Err(_) => {
                        stock.wanted = 0;
                        stock.unwanted.push_back(name);
                    }
                }
            } else if let Some(name) = stock.unwanted.pop_front() {
                drop(stock);
                // A server that is gone has taken its databases along.
                let _ = self.server.remove(&name, &upkeep());
                stock = lock(&self.stock);
            } else {
                let patience = Patience {
                    until: Deadline::NONE,
                    ..upkeep()
                };
                stock = match wait(stock, &self.stock, &self.changed, &patience) {
                    Ok(stock) => stock,
                    // The pool has been closed, or there are no descriptors left, and the next who needs somebody starts him again.
                    Err(_) => {
                        stock = lock(&self.stock);
                        break;
                    }
                };
            }
        }
        stock.works = false;
        drop(stock);
        self.changed.tell();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.pool.discard(std::mem::take(&mut self.name));
    }
}

/// Waits for the next change of what is locked; nobody waits with the lock held.
fn wait<'a, T>(
    locked: MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
    changes: &Changes,
    patience: &Patience<'_>,
) -> Result<MutexGuard<'a, T>, Problem> {
    let change = changes.next();
    drop(locked);
    patience.wait(&[Interest::readable(change?.as_fd())])?;
    Ok(lock(mutex))
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
