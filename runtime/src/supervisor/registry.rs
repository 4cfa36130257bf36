//! The instances of one session.

use std::collections::{BTreeMap, HashMap};
use std::io::PipeReader;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use crate::directory::Directories;
use crate::error::Cause;
use crate::instance::Facts;
use crate::isolation::{Isolated, Refused};
use crate::launch::{Isolation, Launch, Scope};
use crate::log::Logs;
use crate::process::Spawner;
use crate::startup::{ABANDONED_GRACE, How, Running, Start};

/// Everything that runs in one session.
pub(super) struct Registry {
    pub(super) spawner: Spawner,
    pub(super) directories: Directories,
    pub(super) logs: Logs,
    /// Closed at the other end when the session ends.
    pub(super) ending: PipeReader,
    shared: Mutex<HashMap<String, Arc<Shared>>>,
    all: Mutex<Vec<Weak<Running>>>,
    /// How many starts are under way.
    starts: Mutex<usize>,
    started: Condvar,
    tests: AtomicU64,
}

/// One instance that is shared, from its first request on.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Down,
    Starting,
    Up(Arc<Running>),
    /// A start that failed would fail again; so it is not tried again in this session.
    Failed(Cause),
}

/// What a client holds.
pub(super) enum Held {
    /// A daemon of its own.
    Own(Arc<Running>),
    /// A part of a shared one.
    Part(Arc<Running>, Isolated),
}

impl Registry {
    pub(super) fn new(spawner: Spawner, directories: Directories, ending: PipeReader) -> Self {
        Self {
            spawner,
            directories,
            logs: Logs::default(),
            ending,
            shared: Mutex::default(),
            all: Mutex::default(),
            starts: Mutex::default(),
            started: Condvar::new(),
            tests: AtomicU64::new(1),
        }
    }

    /// Gives a client what it asks for; `client` is closed when it is gone.
    pub(super) fn acquire(
        &self,
        launch: &Launch,
        scope: Scope,
        test: &str,
        environment: &BTreeMap<String, String>,
        client: BorrowedFd<'_>,
    ) -> Result<(Held, Facts), Cause> {
        if scope == Scope::Test || launch.isolation == Isolation::Server {
            let running = self.start(launch, environment, Some(client))?;
            let facts = own_facts(&running);
            return Ok((Held::Own(running), facts));
        }
        let running = self.share(launch, environment)?;
        let number = self.tests.fetch_add(1, Ordering::Relaxed);
        let isolated = Isolated::new(&launch.isolation, &running.place, test, number, &|| {
            running.ended().is_some()
        });
        let isolated = isolated.map_err(|Refused { statement, reason }| {
            let name = launch.name.clone();
            Cause::Isolate {
                name,
                statement,
                reason,
                log: running.log.tail(),
            }
        })?;
        let facts = facts(&running, &isolated.values);
        Ok((Held::Part(running, isolated), facts))
    }

    /// The shared instance of a launch: of all who ask at once, one starts it. One that died is started again.
    fn share(
        &self,
        launch: &Launch,
        environment: &BTreeMap<String, String>,
    ) -> Result<Arc<Running>, Cause> {
        let key =
            serde_json::to_string(launch).map_err(|error| Cause::io("read a launch", error))?;
        let shared = Arc::clone(lock(&self.shared).entry(key).or_default());
        let mut state = lock(&shared.state);
        loop {
            match &*state {
                State::Up(running) if running.lives() => return Ok(Arc::clone(running)),
                State::Failed(cause) => return Err(cause.clone()),
                State::Starting => {
                    state = shared
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                State::Up(_) | State::Down => break,
            }
        }
        *state = State::Starting;
        drop(state);
        // The start goes on when the client that happened to be first goes away: others may be waiting.
        let result = self.start(launch, environment, None);
        *lock(&shared.state) = match &result {
            Ok(running) => State::Up(Arc::clone(running)),
            Err(cause) => State::Failed(cause.clone()),
        };
        shared.changed.notify_all();
        result
    }

    fn start(
        &self,
        launch: &Launch,
        environment: &BTreeMap<String, String>,
        client: Option<BorrowedFd<'_>>,
    ) -> Result<Arc<Running>, Cause> {
        self.while_starting(launch, environment, client, |start| {
            let running = Arc::new(start.run()?);
            let mut all = lock(&self.all);
            all.retain(|running| running.strong_count() > 0);
            all.push(Arc::downgrade(&running));
            Ok(running)
        })
    }

    /// Starts a client's own daemon again, in its place.
    pub(super) fn again(
        &self,
        held: &Held,
        environment: &BTreeMap<String, String>,
        client: BorrowedFd<'_>,
    ) -> Result<Facts, Cause> {
        let Held::Own(running) = held else {
            let reason = "others use it too";
            return Err(Cause::io("start a shared daemon again", reason));
        };
        self.while_starting(&running.launch, environment, Some(client), |start| {
            start.again(running)
        })?;
        Ok(own_facts(running))
    }

    /// Does what starts a daemon; the end of the session waits for it.
    fn while_starting<T>(
        &self,
        launch: &Launch,
        environment: &BTreeMap<String, String>,
        client: Option<BorrowedFd<'_>>,
        work: impl FnOnce(&Start<'_>) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        *lock(&self.starts) += 1;
        let unwanted = client.into_iter().chain([self.ending.as_fd()]).collect();
        let start = Start {
            launch,
            environment,
            spawner: &self.spawner,
            directories: &self.directories,
            logs: &self.logs,
            unwanted,
        };
        // Others wait for the result, so there must be one.
        let result = catch_unwind(AssertUnwindSafe(|| work(&start)));
        *lock(&self.starts) -= 1;
        self.started.notify_all();
        result.unwrap_or_else(|_| {
            Err(Cause::io(
                format!("start `{}`", launch.name),
                "this is a defect of fixtured: its supervisor panicked",
            ))
        })
    }

    /// Stops everything; the starts under way have been told by `ending`.
    pub(super) fn stop_all(&self) {
        let how = How {
            grace: Some(ABANDONED_GRACE),
            ..How::default()
        };
        let starts = lock(&self.starts);
        let _ = self
            .started
            .wait_timeout_while(starts, ABANDONED_GRACE, |starts| *starts > 0);
        let all: Vec<_> = lock(&self.all).iter().filter_map(Weak::upgrade).collect();
        std::thread::scope(|scope| {
            for running in &all {
                scope.spawn(|| running.stop(&how, None));
            }
        });
    }
}

impl Held {
    pub(super) fn running(&self) -> &Arc<Running> {
        match self {
            Self::Own(running) | Self::Part(running, _) => running,
        }
    }

    /// Gives back what the client held. A daemon of its own is stopped and forgotten, a part of a shared one taken away.
    pub(super) fn release(self, how: &How, client: Option<BorrowedFd<'_>>) -> Result<(), Cause> {
        match self {
            Self::Own(running) => {
                let stopped = running.stop(how, client);
                running.log.remove();
                stopped
            }
            Self::Part(running, isolated) => {
                isolated.undo(&|| running.ended().is_some());
                Ok(())
            }
        }
    }
}

fn own_facts(running: &Running) -> Facts {
    Facts {
        own: true,
        ..facts(running, &BTreeMap::new())
    }
}

fn facts(running: &Running, values: &BTreeMap<String, String>) -> Facts {
    let mut place = running.place.clone();
    place.values.extend(values.clone());
    let Running { launch, log, .. } = running;
    let (output, errors) = running.streams();
    Facts {
        name: launch.name.clone(),
        own: false,
        url: place.fill(&launch.url),
        host: place.fill(&launch.host),
        ports: place.ports.clone(),
        dir: place.dir.clone(),
        log: log.path().into(),
        pid: running.pid(),
        values: place
            .values
            .iter()
            .map(|(name, value)| (name.clone(), place.fill(value)))
            .collect(),
        log_from: log.length(),
        output,
        errors,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
