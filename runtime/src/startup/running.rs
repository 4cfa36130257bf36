//! A daemon that runs, and its one stop.

use std::collections::HashMap;
use std::io::PipeWriter;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::directory::InstanceDir;
use crate::error::{Cause, End};
use crate::instance::Stream;
use crate::isolation::{Dead, Parts, remove_parts};
use crate::launch::{Isolation, Launch};
use crate::log::Log;
use crate::place::Place;
use crate::port::PortLease;
use crate::process::{Child, Kill, number, remove_shared_memory};

/// How long what was killed may take to be gone.
const KILLED: Duration = Duration::from_secs(5);

/// How long a daemon may take to end by itself when its client or its session is gone.
pub(crate) const ABANDONED_GRACE: Duration = Duration::from_secs(1);

/// A daemon in its place. Dropping it kills what is left of it and removes its directory.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) launch: Launch,
    pub(crate) place: Place,
    pub(crate) log: Arc<Log>,
    pub(super) up: Mutex<Up>,
    /// What tests are given inside it, by what it starts from.
    pub(super) parts: Mutex<HashMap<Isolation, Arc<Parts>>>,
    // These are given back in this order, when the processes are gone.
    pub(super) _dir: InstanceDir,
    pub(super) _ports: Vec<PortLease>,
}

/// What has been started, in the order in which it was.
#[derive(Debug, Default)]
pub(super) struct Up {
    pub(super) processes: Vec<Arc<Started>>,
    /// What the last process prints.
    pub(super) output: Option<Stream>,
    pub(super) errors: Option<Stream>,
}

/// One of its processes.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) command: String,
    pub(super) kill: Kill,
    pub(super) expected: Option<i32>,
    /// What keeps the process's standard input from ending.
    pub(super) _stdin: Option<PipeWriter>,
}

impl Running {
    /// The number of the main process: the last that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.up()
            .processes
            .last()
            .map_or(0, |process| process.child.pid())
    }

    /// What the main process prints to standard output and to standard error, as far as it is kept.
    pub(crate) fn streams(&self) -> (Option<Stream>, Option<Stream>) {
        let up = self.up();
        (up.output.clone(), up.errors.clone())
    }

    /// The parts of it that are set apart in this way.
    pub(crate) fn parts(&self, isolation: &Isolation) -> Arc<Parts> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Parts::new(isolation, &self.place, self.dead()));
        match parts.get(isolation) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(parts.entry(isolation.clone()).or_insert_with(new)),
        }
    }

    /// Says whether one of its processes has ended.
    pub(super) fn dead(&self) -> Dead {
        let processes: Vec<_> = self.processes().iter().map(Arc::downgrade).collect();
        let lives = |process: &Weak<Started>| {
            let process = process.upgrade();
            process.is_some_and(|process| process.child.ended().is_none())
        };
        Arc::new(move || !processes.iter().all(lives))
    }

    /// How the daemon ended, if one of its processes has. Exit status 0 is no end: daemons fork.
    pub(crate) fn ended(&self) -> Option<End> {
        self.processes()
            .iter()
            .find_map(|process| process.child.ended_by_now())
            .filter(|end| *end != End::Code(0))
    }

    /// Whether any of the main process's descendants still runs, itself included.
    pub(crate) fn runs(&self) -> bool {
        self.processes()
            .last()
            .is_some_and(|process| !process.child.gone(Instant::now()))
    }

    pub(super) fn up(&self) -> MutexGuard<'_, Up> {
        self.up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody waits for a process with the lock held.
    fn processes(&self) -> Vec<Arc<Started>> {
        self.up().processes.clone()
    }

    /// Whether everybody can still use it.
    pub(crate) fn lives(&self) -> bool {
        self.launch.foreign.is_some() || self.ended().is_none() && self.runs()
    }

    /// Ends all processes, in the opposite order, each by its own signal or the one given; at most `how.grace` is left to them.
    /// When it returns they are gone. Doing it again does no harm. If `client` is closed meanwhile, nobody waits for them any more.
    pub(crate) fn stop(&self, how: &How, client: Option<BorrowedFd<'_>>) -> Result<(), Cause> {
        let mut result = Ok(());
        let invalid = |problem| Cause::Invalid {
            name: self.launch.name.clone(),
            problem,
        };
        let signal = how
            .signal
            .as_deref()
            .map(number)
            .transpose()
            .map_err(invalid)?;
        if self.launch.foreign.is_some() {
            let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.values().for_each(|parts| parts.close());
            remove_parts(&self.place.fill_all(&self.launch.isolation.of_server()));
        }
        for process in self.processes().iter().rev() {
            let kill = Kill {
                signal: signal.unwrap_or(process.kill.signal),
                ..process.kill
            };
            let kill = kill.within(how.grace.unwrap_or(self.launch.timeout));
            let expected = how.expected_returncode.or(process.expected).unwrap_or(0);
            let end = process.finish(kill, client);
            if end != End::Code(0) && end != End::Code(expected) && end != End::Signal(kill.signal)
            {
                let (name, command) = (self.launch.name.clone(), process.command.clone());
                result = Err(Cause::Finished {
                    name,
                    command,
                    end,
                    log: self.log.tail(),
                });
            }
        }
        result
    }
}

impl Running {
    /// Kills what is left, and forgets it.
    pub(super) fn finish(&self) {
        let up = std::mem::take(&mut *self.up());
        for process in &up.processes {
            process.finish(Kill::NOW, None);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish();
    }
}

/// How a daemon is stopped, where this is not as its launch says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct How {
    pub(crate) signal: Option<String>,
    pub(crate) expected_returncode: Option<i32>,
    pub(crate) grace: Option<Duration>,
}

impl Started {
    /// Ends the process and its descendants, and waits until they are gone; not for long once `client` is closed.
    pub(super) fn finish(&self, kill: Kill, client: Option<BorrowedFd<'_>>) -> End {
        let abandoned = kill.within(ABANDONED_GRACE);
        self.child.kill(kill);
        if !self
            .child
            .gone_before(client, Instant::now() + kill.grace + KILLED)
        {
            self.child.kill(abandoned);
            self.child.gone(Instant::now() + abandoned.grace + KILLED);
        }
        remove_shared_memory(&[self.child.pid()]);
        self.child.ended().unwrap_or(End::Unseen)
    }
}
