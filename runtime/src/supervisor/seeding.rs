//! Servers that start from data which is made once in a session.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::thread;

use super::acquired::{Acquired, Turn};
use super::data_set::{DataSet, Filling, SeededRequest};
use super::grant::facts;
use super::registry::Registry;
use super::shared::Found;
use super::spares::Spares;
use crate::error::{Cause, Doing, For, Reason};
use crate::isolation::Patience;
use crate::launch::{Launch, Seed};
use crate::process::Environment;
use crate::startup::{Phase, Running, Start};
use crate::template::Original;

/// How far the data has come.
enum Sown {
    Done(Original),
    /// A client must fill this server.
    First(Arc<Running>),
}

impl Registry {
    /// Gives a client a server that starts from data, or has it fill the first one.
    pub(super) fn acquire_seeded(
        self: &Arc<Self>,
        request: SeededRequest,
        told: &(dyn Fn(Phase) + Sync),
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let unwanted = [client, self.ending.as_fd()];
        let patience = Patience::new(request.launch.timeout, &unwanted);
        let first = Launch {
            fixed_ports: BTreeMap::new(),
            ..request.launch.clone()
        };
        let set = self.seeds.of(&first);
        let late = |by: &str| {
            let by = by.to_owned();
            request.failed(Doing::Prepared { by }, Reason::Late, None)
        };
        let name = &request.launch.name;
        let starting = match set
            .original
            .find(&request.test, name, &patience, |_| true, &late)?
        {
            Found::Up(original) => return self.start_from(request, &set, &original, told, client),
            Found::Down(starting) => starting,
        };
        let original = match self.sow(&first, &request.seed, &request.environment, told) {
            Ok(Sown::First(running)) => {
                let facts = facts(&running, &BTreeMap::new(), None);
                let filling = Filling {
                    request,
                    set,
                    running,
                    starting,
                };
                return Ok(Acquired::Prepare(Turn::Server(Box::new(filling)), facts));
            }
            Ok(Sown::Done(original)) => Ok(Arc::new(original)),
            Err(cause) => Err(cause),
        };
        let original = starting.end(original)?;
        self.start_from(request, &set, &original, told, client)
    }

    /// Goes on when a client has filled the first server, or could not.
    pub(super) fn filled(
        self: &Arc<Self>,
        filling: Filling,
        result: Result<(), String>,
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let Filling {
            request,
            set,
            running,
            starting,
        } = filling;
        let failed = |reason| {
            let function = request.seed.function.clone().unwrap_or_default();
            request.failed(
                Doing::Function(function),
                Reason::Said(reason),
                Some(&running),
            )
        };
        let ended = || {
            let end = running.ended().map(|end| format!(": {end}"));
            failed(format!(
                "the server has ended meanwhile{}",
                end.unwrap_or_default()
            ))
        };
        let SeededRequest {
            environment, seed, ..
        } = &request;
        let lives = || match running.lives() {
            true => Ok(()),
            false => Err(ended()),
        };
        let save = || {
            let saved = self.in_first(&running, environment, |start| start.save(&running, seed));
            // A server that ends meanwhile is the cause of what is said here.
            lives().and(saved)
        };
        let filled = result
            .map_err(failed)
            .and_then(|()| lives())
            .and_then(|()| save());
        let harvest =
            |()| self.in_first(&running, environment, |start| start.harvest(&running, seed));
        let original = starting.end(filled.and_then(harvest).map(Arc::new))?;
        running.logs.remove();
        drop(running);
        self.start_from(request, &set, &original, &|_| (), client)
    }

    /// Makes the data as far as that takes no client.
    fn sow(
        &self,
        first: &Launch,
        seed: &Seed,
        environment: &Environment,
        told: &(dyn Fn(Phase) + Sync),
    ) -> Result<Sown, Cause> {
        let given = seed.files.as_ref().map(|files| {
            self.while_starting(first, environment, None, told, None, |start| {
                start.keep_files(files, seed)
            })
        });
        let given = given.transpose()?;
        if !seed.needs_server() {
            let nothing = || Cause::io("prepare data", "the seed has neither files nor code");
            return given.map(Sown::Done).ok_or_else(nothing);
        }
        // It goes on when the client disconnects: others may be waiting.
        let running = self.start(first, environment, None, told, given.map(Arc::new))?;
        self.in_first(&running, environment, |start| start.fill(&running, seed))?;
        if seed.function.is_some() {
            return Ok(Sown::First(running));
        }
        let original = self.in_first(&running, environment, |start| {
            start.save(&running, seed)?;
            start.harvest(&running, seed)
        });
        original.map(Sown::Done)
    }

    /// Does something about a first server that runs.
    fn in_first<T>(
        &self,
        running: &Running,
        environment: &Environment,
        work: impl FnOnce(Start<'_>) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let nobody = |_| ();
        self.while_starting(&running.launch, environment, None, &nobody, None, work)
    }

    /// Gives a client a server that has been started ahead, or starts one.
    fn start_from(
        self: &Arc<Self>,
        request: SeededRequest,
        set: &DataSet,
        original: &Arc<Original>,
        told: &(dyn Fn(Phase) + Sync),
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let SeededRequest {
            launch,
            environment,
            test,
            whose,
            wired,
            ..
        } = request;
        // Those have other ports, and nobody follows who holds one for a whole session.
        let others = launch.fixed_ports.is_empty() && whose == For::Test;
        let unwanted = [client, self.ending.as_fd()];
        let patience = Patience::new(launch.timeout, &unwanted);
        let spare = match others {
            true => set.spares.take(&launch.name, &patience)?,
            false => None,
        };
        let start = || {
            let original = Some(Arc::clone(original));
            self.start(&launch, &environment, Some(client), told, original)
        };
        let running = spare.map_or_else(start, Ok)?;
        if others {
            self.refill(&set.spares, &launch, &environment, original);
        }
        self.take_whole(running, &test, whose, wired, client)
    }

    /// Starts servers ahead, in the background, as many as are missing.
    fn refill(
        self: &Arc<Self>,
        spares: &Arc<Spares>,
        launch: &Launch,
        environment: &Environment,
        original: &Arc<Original>,
    ) {
        while let Some(starting) = spares.begin() {
            let (registry, original) = (Arc::clone(self), Arc::clone(original));
            let (launch, environment) = (launch.clone(), environment.clone());
            let start = move || {
                let nobody = |_| ();
                let started = registry.start(&launch, &environment, None, &nobody, Some(original));
                starting.end(started.ok());
            };
            // Without a thread there are fewer.
            if thread::Builder::new().spawn(start).is_err() {
                return;
            }
        }
    }
}
