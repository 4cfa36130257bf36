//! The instances of one session.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::io::PipeReader;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use super::acquired::Acquired;
use super::clients::Clients;
use super::data_set::{SeededRequest, Seeds};
use super::grant::{Grant, facts};
use super::part_request::{Another, PartRequest};
use super::relay::Wire;
use super::session_daemons::SessionDaemons;
use super::shared::Shared;
use super::starts::Starts;
use crate::directory::Directories;
use crate::error::{Cause, For};
use crate::hold::Terms;
use crate::instance::Facts;
use crate::isolation::Patience;
use crate::launch::{Isolation, Launch, Scope};
use crate::lock::lock;
use crate::log::Logs;
use crate::process::{Environment, Identity, Spawner};
use crate::startup::{Phase, Prepared, Running, Said, Start, existing};
use crate::template::{Original, Templates};

/// Those that several clients use, by launch and number.
type SharedDaemons = HashMap<(Launch, usize), Arc<Shared<Running>>>;

/// Everything that runs in one session.
pub(super) struct Registry {
    pub(super) spawner: Spawner,
    pub(super) directories: Directories,
    pub(super) logs: Logs,
    pub(super) templates: Templates,
    pub(super) said: Said,
    /// Closed at the other end when the session ends.
    pub(super) ending: PipeReader,
    shared: Mutex<SharedDaemons>,
    pub(super) seeds: Seeds,
    pub(super) all: Mutex<Vec<Weak<Running>>>,
    pub(super) session_daemons: SessionDaemons,
    /// What outlives the session, kept for the user.
    pub(super) kept: Mutex<Vec<Grant>>,
    pub(super) starts: Starts,
    pub(super) clients: Clients,
    /// The process whose end is the end of the session.
    pub(super) runner: Identity,
    pub(super) since: Instant,
}

impl Registry {
    pub(super) fn new(
        spawner: Spawner,
        directories: Directories,
        ending: PipeReader,
        runner: Identity,
    ) -> Self {
        Self {
            spawner,
            directories,
            logs: Logs::default(),
            templates: Templates::default(),
            said: Said::default(),
            ending,
            shared: Mutex::default(),
            seeds: Seeds::default(),
            all: Mutex::default(),
            session_daemons: SessionDaemons::default(),
            kept: Mutex::default(),
            starts: Starts::default(),
            clients: Clients::default(),
            runner,
            since: Instant::now(),
        }
    }

    /// Gives a client what it asks for; `client` is closed when it is gone.
    pub(super) fn acquire(
        self: &Arc<Self>,
        launch: &Launch,
        terms: Terms,
        test: &str,
        environment: Environment,
        client: BorrowedFd<'_>,
    ) -> Result<Acquired, Cause> {
        let Terms { scope, wired } = terms;
        let unwanted = [client, self.ending.as_fd()];
        let patience = &Patience::new(launch.timeout, &unwanted);
        if scope == Scope::Session
            && let Some(running) = self.session_daemons.find(launch)
        {
            let request = PartRequest {
                running,
                own: false,
                wired,
                isolation: launch.isolation.clone(),
                test: test.into(),
                whose: For::Test,
                another: None,
            };
            return self.take(request, patience);
        }
        let named = launch.reuse.as_ref().and_then(|existing| {
            let url = environment.get(OsStr::new(&existing.variable))?;
            let ours = url
                .to_str()
                .is_some_and(|url| self.session_daemons.is_at(url));
            (!ours).then_some((existing, url))
        });
        let there = named
            .map(|(named, url)| existing(launch, named, url))
            .transpose()?;
        // Nobody has a server to himself that others use too.
        let scope = if there.is_some() {
            Scope::Session
        } else {
            scope
        };
        let launch = there.as_ref().unwrap_or(launch);
        if wired {
            // Nothing is started for an error that is known.
            Wire::possible(launch)?;
        }
        if let Some(seed) = launch.seed.as_deref() {
            let request = SeededRequest {
                launch: launch.clone(),
                seed: seed.clone(),
                environment,
                test: test.into(),
                whose: For::Test,
                wired,
            };
            return self.acquire_seeded(request, &|_| (), client);
        }
        let isolation = launch.isolation.clone();
        let own = scope == Scope::Test || isolation == Isolation::Server;
        let running = match own {
            true => self.start(launch, &environment, Some(client), &|_| (), None)?,
            false => self.share(launch, 0, &environment, patience)?,
        };
        // An existing server is the user's choice.
        let another = (!own && launch.external.is_none()).then_some(Another {
            number: 1,
            environment,
        });
        let request = PartRequest {
            running,
            own,
            wired,
            isolation: if own {
                isolation.inside_dedicated()
            } else {
                isolation
            },
            test: test.into(),
            whose: For::Test,
            another,
        };
        self.take(request, patience)
    }

    /// Gives a client a daemon that the tests of the session then use too, and says how far its start has come.
    pub(super) fn hold(
        self: &Arc<Self>,
        launch: &Launch,
        environment: &Environment,
        client: BorrowedFd<'_>,
        told: &(dyn Fn(Phase) + Sync),
    ) -> Result<Acquired, Cause> {
        self.session_daemons.expect();
        let acquired = match launch.seed.as_deref() {
            Some(seed) => {
                let request = SeededRequest {
                    launch: launch.clone(),
                    seed: seed.clone(),
                    environment: environment.clone(),
                    test: launch.name.clone(),
                    whose: For::Holder,
                    wired: false,
                };
                self.acquire_seeded(request, told, client)?
            }
            None => {
                let running = self.start(launch, environment, Some(client), told, None)?;
                self.take_whole(running, &launch.name, For::Holder, false, client)?
            }
        };
        if let Acquired::Grant(grant, _) = &acquired {
            self.session_daemons.add(&grant.running);
        }
        Ok(acquired)
    }

    /// The shared instance of a launch with this number. Of several clients that ask at once, one starts it. An instance that died is
    /// started again.
    pub(super) fn share(
        &self,
        launch: &Launch,
        number: usize,
        environment: &Environment,
        patience: &Patience<'_>,
    ) -> Result<Arc<Running>, Cause> {
        let server = match number {
            // What tests get inside it makes no difference to the server.
            0 => Launch {
                isolation: launch.isolation.of_server(),
                ..launch.clone()
            },
            _ => launch.clone(),
        };
        let shared = Arc::clone(lock(&self.shared).entry((server, number)).or_default());
        // The start continues when the first client disconnects: others may be waiting.
        let start = || self.start(launch, environment, None, &|_| (), None);
        shared.get(&launch.name, patience, Running::lives, start)
    }

    pub(super) fn start(
        &self,
        launch: &Launch,
        environment: &Environment,
        client: Option<BorrowedFd<'_>>,
        told: &(dyn Fn(Phase) + Sync),
        original: Option<Arc<Original>>,
    ) -> Result<Arc<Running>, Cause> {
        self.while_starting(launch, environment, client, told, original, |start| {
            let running = Arc::new(start.run()?);
            let mut all = lock(&self.all);
            all.retain(|running| running.strong_count() > 0);
            all.push(Arc::downgrade(&running));
            Ok(running)
        })
    }

    /// Starts a client's own daemon again in its place, or the process of this name.
    pub(super) fn again(
        &self,
        grant: &Grant,
        process: Option<&str>,
        environment: &Environment,
        client: BorrowedFd<'_>,
    ) -> Result<Facts, Cause> {
        let running = grant.own("start", process)?;
        let launch = &running.launch;
        self.while_starting(launch, environment, Some(client), &|_| (), None, |start| {
            start.again(running, process)
        })?;
        Ok(Facts {
            own: true,
            ..facts(running, &BTreeMap::new(), grant.wire.as_ref())
        })
    }

    /// Does what starts a daemon; the end of the session waits for it.
    pub(super) fn while_starting<T>(
        &self,
        launch: &Launch,
        environment: &Environment,
        client: Option<BorrowedFd<'_>>,
        told: &(dyn Fn(Phase) + Sync),
        original: Option<Arc<Original>>,
        work: impl FnOnce(Start<'_>) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        let under_way = self.starts.begin(&launch.name);
        let told = |phase: Phase| {
            under_way.reached(&phase);
            told(phase);
        };
        let unwanted = client.into_iter().chain([self.ending.as_fd()]).collect();
        let start = Start {
            launch,
            asked: launch,
            environment,
            spawner: &self.spawner,
            directories: &self.directories,
            logs: &self.logs,
            templates: &self.templates,
            original,
            prepared: Prepared::default(),
            said: &self.said,
            unwanted,
            told: &told,
        };
        // Others wait for the result, so there must be one.
        let result = catch_unwind(AssertUnwindSafe(|| work(start)));
        result.unwrap_or_else(|_| {
            Err(Cause::io(
                format!("start `{}`", launch.name),
                "this is a bug in fixtured: its supervisor panicked",
            ))
        })
    }
}
