//! Taking a part of a daemon that runs, such as a database.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use super::acquired::{Acquired, Turn};
use super::grant::{Grant, facts};
use super::part_request::{Another, PartRequest, Preparing};
use super::registry::Registry;
use super::relay::{Wire, impossible};
use crate::error::{Cause, Doing, For, Reason, Refused};
use crate::instance::Facts;
use crate::isolation::{Patience, Taken};
use crate::launch::Launch;
use crate::startup::Running;

impl Registry {
    /// Goes on when a client has prepared what all start from, or could not.
    pub(super) fn prepared(
        &self,
        preparing: Preparing,
        result: Result<(), String>,
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let Preparing {
            request,
            preparation,
        } = preparing;
        let unwanted = [client, self.ending.as_fd()];
        let patience = &Patience::new(request.running.launch.timeout, &unwanted);
        let init = request.isolation.init();
        let function = init
            .and_then(|init| init.function.clone())
            .unwrap_or_default();
        let result =
            result.map_err(|reason| Refused::new(Doing::Function(function), Reason::Said(reason)));
        let ended = preparation.end(result, patience);
        ended.map_err(|refused| request.refused(refused))?;
        self.take(request, patience)
    }

    /// Takes a whole daemon for the client of this name.
    pub(super) fn take_whole(
        &self,
        running: Arc<Running>,
        test: &str,
        whose: For,
        wired: bool,
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let unwanted = [client, self.ending.as_fd()];
        let patience = Patience::new(running.launch.timeout, &unwanted);
        let request = PartRequest {
            isolation: running.launch.isolation.clone().inside_dedicated(),
            running,
            own: true,
            wired,
            test: test.into(),
            whose,
            another: None,
        };
        self.take(request, &patience)
    }

    pub(super) fn take(
        &self,
        request: PartRequest,
        patience: &Patience<'_>,
    ) -> Result<Acquired, Cause> {
        let others = request.another.is_some();
        let parts = request.running.parts(&request.isolation, others);
        let take = || parts.take(&request.test, !request.own, patience);
        let taken = self.with_room(&request.running, take, patience);
        let facts = |values, wire| Facts {
            own: request.own,
            ..facts(&request.running, values, wire)
        };
        match taken.map_err(|refused| request.refused(refused))? {
            Taken::Part(part) => {
                let Running { launch, place, .. } = &*request.running;
                let wired = request.wired.then(|| Wire::new(launch, &place.ports));
                let wire = wired.transpose()?;
                let facts = facts(&part.values, wire.as_ref());
                if wire.is_some() && !facts.url.is_empty() && facts.url == facts.own_url() {
                    let reason = format!("its URL `{}` names none of its ports", facts.url);
                    return Err(impossible(launch, reason));
                }
                let client = self
                    .clients
                    .add(&request.running, &request.test, !request.own);
                let grant = Grant {
                    wire,
                    client,
                    running: request.running,
                    own: request.own,
                    part,
                };
                Ok(Acquired::Grant(Box::new(grant), facts))
            }
            Taken::Prepare(preparation, values) => {
                // What tests start from is prepared without one.
                let facts = facts(&values, None);
                let preparing = Box::new(Preparing {
                    request,
                    preparation,
                });
                Ok(Acquired::Prepare(Turn::Part(preparing), facts))
            }
            Taken::Elsewhere => self.take_elsewhere(request, patience),
        }
    }

    /// Takes the same in a server that only those share who start from the same.
    fn take_elsewhere(
        &self,
        request: PartRequest,
        patience: &Patience<'_>,
    ) -> Result<Acquired, Cause> {
        let Some(Another {
            number,
            environment,
        }) = request.another
        else {
            let reason = "this is a bug in fixtured: nothing else will do";
            return Err(Cause::io("take a part of a daemon", reason));
        };
        let launch = Launch {
            isolation: request.isolation.clone(),
            ..request.running.launch.clone()
        };
        let running = self.share(&launch, number, &environment, patience)?;
        let another = Some(Another {
            number: number + 1,
            environment,
        });
        let request = PartRequest {
            running,
            another,
            ..request
        };
        self.take(request, patience)
    }
}
