//! Preparing what all databases of a pool start from.

use std::sync::Arc;
use std::time::Instant;

use super::shared::{Shared, wait};
use super::template::Template;
use crate::error::{Doing, Reason, Refused};
use crate::isolation::patience::Patience;
use crate::launch::Init;
use crate::lock::lock;

/// A template that a test's own code is preparing. Dropping it means that this went wrong in a way which says nothing: the next test
/// tries again.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) name: String,
    pool: Arc<Shared>,
    done: bool,
}

impl Shared {
    /// The template, or the claim to prepare what only a test's own code can. All others wait for the one that prepares it.
    pub(super) fn template(
        self: &Arc<Self>,
        test: &str,
        patience: &Patience<'_>,
    ) -> Result<Result<Option<String>, Claim>, Refused> {
        let mut template = lock(&self.template);
        loop {
            match &*template {
                Template::Ready(name) => return Ok(Ok(name.clone())),
                Template::Failed(refused) => return Err(refused.clone()),
                Template::Underway(by) => {
                    let by = by.clone();
                    let waited = wait(template, &self.template, &self.prepared, patience);
                    template = waited.map_err(|problem| problem.stops(Doing::Prepared { by }))?;
                }
                Template::Absent => break,
            }
        }
        if self.init == Init::default() {
            *template = Template::Ready(None);
            return Ok(Ok(None));
        }
        *template = Template::Underway(test.into());
        drop(template);
        let claim = Claim {
            name: self.name("fixtured_template"),
            pool: Arc::clone(self),
            done: false,
        };
        let since = Instant::now();
        match self.server.prepare(&claim.name, &self.init, patience) {
            Err(refused) if would_fail_again(&refused, since, patience) => {
                Err(claim.failed(refused))
            }
            Err(refused) => Err(refused),
            Ok(()) if self.init.function.is_some() => Ok(Err(claim)),
            Ok(()) => claim.finish(patience).map(|name| Ok(Some(name))),
        }
    }

    fn set(&self, template: Template) {
        *lock(&self.template) = template;
        self.prepared.tell();
    }
}

impl Claim {
    /// The template is as it should be.
    pub(crate) fn finish(mut self, patience: &Patience<'_>) -> Result<String, Refused> {
        self.done = true;
        match self.pool.server.close(&self.name, patience) {
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
        self.pool.set(Template::Failed(refused.clone()));
        self.pool.discard(self.name.clone());
        refused
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.done {
            self.pool.set(Template::Absent);
            self.pool.discard(self.name.clone());
        }
    }
}

/// Returns whether the next test would fail in the same way. It would not if the client had gone, or if most of the time had been
/// spent on the start of the server.
fn would_fail_again(refused: &Refused, since: Instant, patience: &Patience<'_>) -> bool {
    match refused.reason {
        Reason::Unwanted => false,
        Reason::Late => since.elapsed() >= patience.whole / 2,
        Reason::Said(_) => true,
    }
}
