//! Preparing what all databases of a pool start from.

use std::sync::Arc;
use std::time::Instant;

use super::shared::{Shared, wait};
use super::template::Template;
use crate::error::{Doing, Reason, Refused};
use crate::isolation::patience::Patience;
use crate::isolation::preparations::UnderWay;
use crate::launch::Init;
use crate::lock::lock;

/// A template that a test's own code is preparing. Dropping it means that this went wrong in a way which says nothing: the next test
/// tries again.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) name: String,
    pool: Arc<Shared>,
    under_way: Option<UnderWay>,
    done: bool,
}

/// What a test finds that needs the template.
pub(super) enum Found {
    /// There is one; or none, since tests find nothing done in theirs.
    Template(Option<String>),
    /// It must prepare what only a test's own code can.
    Claim(Claim),
    /// It must ask another server.
    Elsewhere,
}

impl Shared {
    /// The template, or the claim to prepare it. All others wait for the one that prepares it.
    pub(super) fn template(
        self: &Arc<Self>,
        test: &str,
        patience: &Patience<'_>,
    ) -> Result<Found, Refused> {
        let mut template = lock(&self.template);
        loop {
            match &*template {
                Template::Ready(name) => return Ok(Found::Template(name.clone())),
                Template::Failed(refused) => return Err(refused.clone()),
                Template::Elsewhere => return Ok(Found::Elsewhere),
                Template::Underway(by) => {
                    let by = by.clone();
                    let waited = wait(template, &self.template, &self.prepared, patience);
                    template = waited.map_err(|problem| problem.stops(Doing::Prepared { by }))?;
                }
                Template::Absent if self.init == Init::default() => {
                    *template = Template::Ready(None);
                }
                Template::Absent => {
                    *template = Template::Underway(test.into());
                    drop(template);
                    if let Some(claim) = self.claim().prepare(patience)? {
                        return Ok(Found::Claim(claim));
                    }
                    template = lock(&self.template);
                }
            }
        }
    }

    fn claim(self: &Arc<Self>) -> Claim {
        let begin = |all| UnderWay::begin(all, &self.init.roles);
        Claim {
            name: self.name("fixtured_template"),
            pool: Arc::clone(self),
            under_way: self.preparations.as_ref().map(begin),
            done: false,
        }
    }

    fn set(&self, template: Template) {
        *lock(&self.template) = template;
        self.prepared.tell();
    }
}

impl Claim {
    /// Does all but what only a test's own code can, for which it returns the claim.
    fn prepare(self, patience: &Patience<'_>) -> Result<Option<Self>, Refused> {
        let (server, init, since) = (&self.pool.server, &self.pool.init, Instant::now());
        if init.is_of_users() && self.finds_others(patience)? {
            self.moves();
            return Ok(None);
        }
        match server.prepare(&self.name, init, patience) {
            Err(refused) if would_fail_again(&refused, since, patience) => {
                self.end(Err(refused), patience)?;
            }
            Err(refused) => return Err(refused),
            Ok(()) if init.function.is_some() => return Ok(Some(self)),
            Ok(()) => self.end(Ok(()), patience)?,
        }
        Ok(None)
    }

    /// The template is as it should be, or will never be. An error is remembered for all that need it, unless it may be the fault of
    /// another preparation in the same server.
    pub(crate) fn end(
        mut self,
        result: Result<(), Refused>,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        if self.is_mixed(&result, patience) {
            self.moves();
            return Ok(());
        }
        let closed = result.and_then(|()| self.pool.server.close(&self.name, patience));
        self.done = true;
        match closed {
            Ok(()) => self.pool.set(Template::Ready(Some(self.name.clone()))),
            Err(refused) => {
                self.pool.set(Template::Failed(refused));
                self.pool.discard(self.name.clone());
            }
        }
        Ok(())
    }

    /// Returns whether there is something in the server, or being made there, that belongs to all databases and comes from others. Roles that
    /// options name are for all.
    fn finds_others(&self, patience: &Patience<'_>) -> Result<bool, Refused> {
        let Some(under_way) = &self.under_way else {
            return Ok(false);
        };
        let found = self.pool.server.global(patience);
        let found = found.map_err(|problem| problem.refuses("list the roles"))?;
        Ok(found.iter().any(|name| !under_way.makes_role(name)))
    }

    /// Returns whether another preparation may have caused this result, or may find what this one made.
    fn is_mixed(&self, result: &Result<(), Refused>, patience: &Patience<'_>) -> bool {
        let Some(under_way) = &self.under_way else {
            return false;
        };
        let Shared { server, init, .. } = &*self.pool;
        let found = server.global(patience).unwrap_or_default();
        let is_others = |name: &String| match under_way.makes_role(name) {
            // Who makes the same role himself has failed because of that.
            true => result.is_err() && !init.roles.contains(name),
            false => under_way.overlaps(),
        };
        found.iter().any(is_others)
    }

    /// It is prepared in another server.
    fn moves(mut self) {
        self.done = true;
        self.pool.set(Template::Elsewhere);
        self.pool.discard(self.name.clone());
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
        // Other tests give room back.
        Reason::Full { .. } => false,
    }
}
