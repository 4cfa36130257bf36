//! Databases that start from the same, some of them made ahead of their use.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::server::{Server, server};
use super::wire::Dead;
use super::{Refused, name};
use crate::launch::{Databases, Init};

/// How many databases are kept ready at most; each takes the room of its template.
const MOST: usize = 8;

/// How many databases may wait to be dropped before that comes first; they take room too.
const BACKLOG: usize = 32;

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
    prepared: Condvar,
    stock: Mutex<Stock>,
    changed: Condvar,
}

/// The database that all are cloned from.
#[derive(Debug)]
enum Template {
    Absent,
    Underway,
    /// There is one; or none, since tests find nothing done in theirs.
    Ready(Option<String>),
    /// What failed would fail again.
    Failed(Refused),
}

#[derive(Debug, Default)]
struct Stock {
    ready: VecDeque<String>,
    unwanted: VecDeque<String>,
    /// How many should be ready.
    wanted: usize,
    works: bool,
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

/// A template that a test's own code is preparing. Dropping it means that this went wrong in a way which says nothing: the next test
/// tries again.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) name: String,
    pool: Arc<Shared>,
    done: bool,
}

impl Pool {
    /// In this server, as long as it is not `dead`.
    pub(crate) fn new(databases: Databases, dead: Dead) -> Self {
        Self(Arc::new(Shared {
            server: server(&databases, dead),
            mark: databases.mark,
            init: databases.init,
            template: Mutex::new(Template::Absent),
            prepared: Condvar::new(),
            stock: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Takes a database for the test of this name. Of all who ask before there is a template, one prepares it.
    pub(crate) fn take(&self, test: &str, others_follow: bool) -> Result<Taken, Refused> {
        let pool = &self.0;
        let template = match pool.template()? {
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
            return Err(Refused {
                statement: "take a database".into(),
                reason: "the session is ending".into(),
            });
        }
        let found = stock.ready.pop_front();
        stock.making += usize::from(found.is_none());
        if found.is_none() && others_follow {
            stock.wanted = (stock.wanted + 1).min(MOST);
        }
        if !stock.works {
            stock.works = true;
            let pool = Arc::clone(pool);
            let template = template.clone();
            // Without a thread, every test makes its own.
            stock.works = thread::Builder::new()
                .spawn(move || pool.work(template.as_deref()))
                .is_ok();
        }
        let excess = match found {
            None if stock.unwanted.len() >= BACKLOG => stock.unwanted.pop_front(),
            _ => None,
        };
        drop(stock);
        pool.changed.notify_all();
        if let Some(name) = found {
            return Ok(database(name));
        }
        if let Some(name) = excess {
            // What cannot be dropped goes with the server.
            let _ = pool.server.remove(&name);
        }
        let name = pool.name(test);
        let made = pool.server.make(template.as_deref(), &name);
        lock(&pool.stock).making -= 1;
        pool.changed.notify_all();
        made.map(|()| database(name))
    }

    /// Makes no more databases, and waits until none is being made.
    pub(crate) fn close(&self) {
        let pool = &self.0;
        let mut stock = lock(&pool.stock);
        stock.closed = true;
        pool.changed.notify_all();
        while stock.works || stock.making > 0 {
            let waited = pool.changed.wait(stock);
            stock = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.0.stock).closed = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    /// The template, or the claim to prepare what only a test's own code can. Everybody else waits for whoever prepares it.
    fn template(self: &Arc<Self>) -> Result<Result<Option<String>, Claim>, Refused> {
        let mut template = lock(&self.template);
        loop {
            match &*template {
                Template::Ready(name) => return Ok(Ok(name.clone())),
                Template::Failed(refused) => return Err(refused.clone()),
                Template::Underway => {
                    let waited = self.prepared.wait(template);
                    template = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Template::Absent => break,
            }
        }
        if self.init == Init::default() {
            *template = Template::Ready(None);
            return Ok(Ok(None));
        }
        *template = Template::Underway;
        drop(template);
        let claim = Claim {
            name: self.name("fixtured_template"),
            pool: Arc::clone(self),
            done: false,
        };
        match self.server.prepare(&claim.name, &self.init) {
            Err(refused) => Err(claim.failed(refused)),
            Ok(()) if self.init.function.is_some() => Ok(Err(claim)),
            Ok(()) => claim.finish().map(|name| Ok(Some(name))),
        }
    }

    fn name(&self, test: &str) -> String {
        name::new(test, &self.mark)
    }

    fn set(&self, template: Template) {
        *lock(&self.template) = template;
        self.prepared.notify_all();
    }

    /// Makes databases ahead and drops those that were given back, until the pool is closed.
    fn work(&self, template: Option<&str>) {
        let mut stock = lock(&self.stock);
        loop {
            if stock.closed {
                stock.works = false;
                self.changed.notify_all();
                return;
            }
            if stock.ready.len() < stock.wanted && stock.unwanted.len() < BACKLOG {
                drop(stock);
                let name = self.name("");
                let made = self.server.make(template, &name);
                stock = lock(&self.stock);
                match made {
                    Ok(()) => stock.ready.push_back(name),
                    // The next test that finds none will be told why.
                    Err(_) => stock.wanted = 0,
                }
            } else if let Some(name) = stock.unwanted.pop_front() {
                drop(stock);
                // A server that is gone has taken its databases along.
                let _ = self.server.remove(&name);
                stock = lock(&self.stock);
            } else {
                let waited = self.changed.wait(stock);
                stock = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        lock(&self.pool.stock)
            .unwanted
            .push_back(std::mem::take(&mut self.name));
        self.pool.changed.notify_all();
    }
}

impl Claim {
    /// The template is as it should be.
    pub(crate) fn finish(mut self) -> Result<String, Refused> {
        self.done = true;
        match self.pool.server.close(&self.name) {
            Ok(()) => {
                self.pool.set(Template::Ready(Some(self.name.clone())));
                Ok(self.name.clone())
            }
            Err(refused) => Err(self.give_up(refused)),
        }
    }

    /// It will never be; returns what it was given.
    pub(crate) fn failed(mut self, refused: Refused) -> Refused {
        self.done = true;
        self.give_up(refused)
    }

    fn give_up(&self, refused: Refused) -> Refused {
        let _ = self.pool.server.remove(&self.name);
        self.pool.set(Template::Failed(refused.clone()));
        refused
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.done {
            let _ = self.pool.server.remove(&self.name);
            self.pool.set(Template::Absent);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
