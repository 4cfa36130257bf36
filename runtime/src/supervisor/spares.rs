//! Servers that are started ahead of the tests that need them.

use std::num::NonZero;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::thread;

use super::shared::wait_for;
use crate::error::Cause;
use crate::isolation::Patience;
use crate::lock::lock;
use crate::process::Changes;
use crate::startup::Running;

/// Those that start from the same data.
///
/// There is one, and one more each time that a test finds none, up to one for each core. A test that finds none waits for one that is being
/// started, unless another test waits for it.
#[derive(Debug, Default)]
pub(super) struct Spares {
    stock: Mutex<Stock>,
    changed: Changes,
}

#[derive(Debug, Default)]
struct Stock {
    ready: Vec<Arc<Running>>,
    starting: usize,
    /// How many tests wait for one that is being started.
    awaited: usize,
    /// How many there should be.
    wanted: usize,
}

/// One that is being started. When this is dropped, it is ready or will not be.
pub(super) struct Starting(Arc<Spares>);

impl Spares {
    /// Takes one; the server of this name has to be started if there is none.
    pub(super) fn take(
        &self,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<Option<Arc<Running>>, Cause> {
        let mut stock = lock(&self.stock);
        if stock.ready.is_empty() {
            let cores = thread::available_parallelism().map_or(1, NonZero::get);
            stock.wanted = cores.min(stock.wanted + 1);
        }
        loop {
            while let Some(running) = stock.ready.pop() {
                if running.lives() {
                    return Ok(Some(running));
                }
            }
            if stock.awaited >= stock.starting {
                return Ok(None);
            }
            stock.awaited += 1;
            let changed = self.changed.next();
            drop(stock);
            let failed = |error| Cause::io(format!("wait for `{name}`"), error);
            let changed = changed.map_err(failed);
            let waited = changed.and_then(|it| wait_for(it.as_fd(), name, patience));
            stock = lock(&self.stock);
            stock.awaited -= 1;
            if !waited? {
                return Ok(None);
            }
        }
    }

    /// Stops those that no test uses.
    pub(super) fn shed(&self) {
        let ready = {
            let mut stock = lock(&self.stock);
            stock.wanted = 0;
            std::mem::take(&mut stock.ready)
        };
        ready.iter().for_each(|running| running.logs.remove());
    }

    /// One more is being started, if there are too few.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Starting> {
        let mut stock = lock(&self.stock);
        let missing = stock.ready.len() + stock.starting < stock.wanted;
        missing.then(|| {
            stock.starting += 1;
            Starting(Arc::clone(self))
        })
    }
}

impl Starting {
    /// It is ready, or could not be started.
    pub(super) fn end(self, running: Option<Arc<Running>>) {
        let mut stock = lock(&self.0.stock);
        match running {
            Some(running) => stock.ready.push(running),
            // The next test starts one itself, and is told why that fails.
            None => stock.wanted = 0,
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        lock(&self.0.stock).starting -= 1;
        self.0.changed.tell();
    }
}
