//! What the users of a pool and its background thread share.

use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::order::Order;
use super::template::Template;
use crate::deadline::Deadline;
use crate::isolation::name;
use crate::isolation::patience::Patience;
use crate::isolation::preparations::Preparations;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::launch::Init;
use crate::lock::lock;
use crate::process::{Changes, Interest};

/// The limit of databases that are kept ready. Each takes as much space as its template.
pub(super) const MOST: usize = 8;

/// How many databases may wait to be dropped before that comes first; they take room too.
pub(super) const BACKLOG: usize = 32;

/// How long one background task may take: creating a database ahead of time, or dropping one.
pub(super) const UPKEEP: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) server: Box<dyn Server>,
    /// Marks our databases in a server that is also used by others; otherwise empty.
    pub(super) mark: String,
    pub(super) init: Init,
    /// All preparations in the server, if what cannot be prepared in it may be prepared in another one.
    pub(super) preparations: Option<Arc<Preparations>>,
    pub(super) template: Mutex<Template>,
    pub(super) prepared: Changes,
    pub(super) stock: Mutex<Stock>,
    pub(super) changed: Changes,
}

#[derive(Debug, Default)]
pub(super) struct Stock {
    pub(super) ready: VecDeque<String>,
    pub(super) unwanted: VecDeque<String>,
    /// How many should be ready.
    pub(super) wanted: usize,
    /// Whether there was too little room once. None is made ahead from then on.
    pub(super) is_short: bool,
    /// Whether the background thread is running.
    pub(super) works: bool,
    /// Whether it is making or dropping a database right now.
    pub(super) is_busy: bool,
    /// Whether that is making one.
    pub(super) makes: bool,
    /// Whether a test has made one, so that the server is known to work.
    pub(super) is_proven: bool,
    /// What a test expects of it.
    pub(super) order: Order,
    /// When this is closed, the background thread ends.
    pub(super) ending: Option<PipeWriter>,
    /// How many tests are making their own right now.
    pub(super) making: usize,
    pub(super) closed: bool,
}

impl Shared {
    pub(super) fn name(&self, test: &str) -> String {
        name::new(test, &self.mark)
    }

    /// The database that all others are cloned from; none where tests find nothing done in theirs.
    pub(super) fn ready_template(&self) -> Option<String> {
        match &*lock(&self.template) {
            Template::Ready(template) => template.clone(),
            _ => None,
        }
    }

    /// Has a database dropped, soon.
    pub(super) fn discard(self: &Arc<Self>, name: String) {
        let mut stock = lock(&self.stock);
        stock.unwanted.push_back(name);
        self.see_to_it(&mut stock);
        drop(stock);
        self.changed.tell();
    }

    /// Starts the background thread, which creates databases ahead of time and drops those that were released.
    pub(super) fn see_to_it(self: &Arc<Self>, stock: &mut Stock) {
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
    pub(super) fn end(&self) {
        let mut stock = lock(&self.stock);
        stock.closed = true;
        stock.ending = None;
        drop(stock);
        self.changed.tell();
    }

    /// Creates databases ahead of time and drops those that were released, until the pool is closed.
    pub(super) fn work(&self, ended: &PipeReader) {
        let unwanted = &[ended.as_fd()];
        let upkeep = || Patience {
            unwanted,
            ..Patience::of(UPKEEP)
        };
        let mut stock = lock(&self.stock);
        while !stock.closed {
            let ordered = stock.order.name();
            let is_low = stock.ready.len() < stock.wanted && stock.unwanted.len() < BACKLOG;
            if ordered.is_some() || is_low {
                (stock.is_busy, stock.makes) = (true, true);
                drop(stock);
                let name = ordered.unwrap_or_else(|| self.name(""));
                let template = self.ready_template();
                let made = self.server.make(template.as_deref(), &name, &upkeep());
                stock = self.idle_again();
                stock.makes = false;
                let is_ordered = stock.order.name().is_some();
                match made {
                    Ok(()) if is_ordered => stock.order = Order::Made(name),
                    Ok(()) => stock.ready.push_back(name),
                    // The next test that finds none will be told why.
                    Err(_) => {
                        stock.wanted = 0;
                        stock.unwanted.push_back(name);
                        if is_ordered {
                            stock.order = Order::Failed;
                        }
                    }
                }
                self.changed.tell();
            } else if let Some(name) = stock.unwanted.pop_front() {
                stock.is_busy = true;
                drop(stock);
                // A server that is gone has taken its databases along.
                let _ = self.server.remove(&name, &upkeep());
                stock = self.idle_again();
            } else {
                let patience = Patience {
                    until: Deadline::NONE,
                    ..upkeep()
                };
                stock = match wait(stock, &self.stock, &self.changed, &patience) {
                    Ok(stock) => stock,
                    // The pool has been closed, or there are no descriptors left; the next user of the pool starts the thread again.
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

    /// The stock, when the background thread has done something.
    fn idle_again(&self) -> MutexGuard<'_, Stock> {
        let mut stock = lock(&self.stock);
        stock.is_busy = false;
        self.changed.tell();
        stock
    }
}

/// Waits for the next change of the locked data. The lock is not held meanwhile.
pub(super) fn wait<'a, T>(
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
