//! A daemon that runs, and its one stop.

use std::collections::HashMap;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::started::Started;
use crate::directory::InstanceDir;
use crate::error::{Cause, End};
use crate::instance::Stream;
use crate::isolation::{self, Parts, Patience, Preparations, Processes};
use crate::launch::{Isolation, Launch, Process};
use crate::lock::lock;
use crate::log::DaemonLogs;
use crate::place::Place;
use crate::port::PortLease;
use crate::process::Kill;
use crate::state::State;

/// A daemon in its place. Dropping it kills what is left of it and removes its directory.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) launch: Launch,
    /// What was asked for, of whose alternatives the launch is one.
    pub(crate) asked: Launch,
    pub(crate) place: Place,
    pub(crate) logs: Arc<DaemonLogs>,
    pub(crate) since: Instant,
    /// What has been started and not been stopped, in the order in which it was.
    pub(super) up: Arc<Mutex<Vec<Arc<Started>>>>,
    /// How those ended that have been stopped and started, by name.
    pub(super) ends: Mutex<HashMap<String, End>>,
    /// What tests are given inside it, by what it starts from.
    pub(super) parts: Mutex<HashMap<Isolation, Arc<Parts>>>,
    /// What they are prepared for at the moment.
    pub(super) preparations: Arc<Preparations>,
    /// Notes for the first client that gets it.
    pub(super) notes: Mutex<Vec<String>>,
    // These are released in this order, when the processes are gone.
    pub(super) dirs: Vec<InstanceDir>,
    pub(super) _ports: Vec<PortLease>,
}

impl Running {
    /// The number of the main process.
    pub(crate) fn pid(&self) -> u32 {
        self.main().map_or(0, |process| process.child.pid())
    }

    /// Returns the notes for the client that gets it, once.
    pub(crate) fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.notes))
    }

    /// What the main process prints to standard output and to standard error, as far as it is kept; after the line that was waited for.
    pub(crate) fn streams(&self) -> (Option<Stream>, Option<Stream>) {
        let Some(main) = self.main() else {
            return (None, None);
        };
        let after = |stream: &Option<Stream>| {
            let banner = main.banner.get().filter(|banner| {
                let of = stream.as_ref().map(|stream| &stream.path);
                of == Some(&banner.path)
            });
            banner.or(stream.as_ref()).cloned()
        };
        (after(&main.output), after(&main.errors))
    }

    /// The file that had the line which was waited for.
    pub(crate) fn banner(&self) -> Option<PathBuf> {
        Some(self.main()?.banner.get()?.path.clone())
    }

    /// The main process; as long as it does not run, the last one that was started.
    fn main(&self) -> Option<Arc<Started>> {
        let up = self.up();
        let main = self.main_name()?;
        let named = up.iter().find(|process| process.name == main);
        named.or(up.last()).cloned()
    }

    /// The name of the main process: the one without a name, or else the last.
    fn main_name(&self) -> Option<&str> {
        let processes = &self.launch.processes;
        let unnamed = processes.iter().find(|process| process.name.is_empty());
        let main = unnamed.or(processes.last())?;
        Some(&main.name)
    }

    /// One of the processes of the launch, by name.
    pub(super) fn process(&self, name: &str) -> Result<&Process, Cause> {
        let processes = &self.launch.processes;
        let found = processes.iter().find(|process| process.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = processes.iter().map(|process| &*process.name).collect();
            let reason = format!("it has {}", names.join(", "));
            let daemon = &self.launch.name;
            Cause::io(format!("find the process `{name}` of `{daemon}`"), reason)
        })
    }

    /// What has been started and not been stopped of all processes, or of the one of this name.
    pub(super) fn named(&self, name: Option<&str>) -> Result<Vec<Arc<Started>>, Cause> {
        if let Some(name) = name {
            self.process(name)?;
        }
        let mut processes = self.processes();
        processes.retain(|process| name.is_none_or(|name| process.name == name));
        Ok(processes)
    }

    /// The processes that have been started and not been stopped: name, number, and whether they run.
    pub(crate) fn status(&self) -> Vec<(String, u32, bool)> {
        let status = |process: &Arc<Started>| {
            let child = &process.child;
            (
                process.name.clone(),
                child.pid(),
                child.ended_by_now().is_none(),
            )
        };
        self.processes().iter().map(status).collect()
    }

    /// The state of one of the processes, or of the main process.
    pub(crate) fn state_of(&self, name: Option<&str>) -> Result<State, Cause> {
        let process = match name {
            Some(name) => {
                self.process(name)?;
                self.processes().into_iter().find(|it| it.name == name)
            }
            None => self.main(),
        };
        if let Some(process) = process {
            if process.is_paused() {
                return Ok(State::Paused);
            }
            if process.runs() {
                return Ok(State::Running);
            }
            return Ok(process.child.ended().map_or(State::Unseen, State::from));
        }
        let name = name.or(self.main_name());
        let ends = lock(&self.ends);
        let end = name.and_then(|name| ends.get(name));
        Ok(end.map_or(State::NotStarted, |end| State::from(*end)))
    }

    /// The numbers of the keepers, from which all its processes descend.
    pub(crate) fn keepers(&self) -> Vec<u32> {
        let processes = self.processes();
        let keepers = processes.iter().map(|process| process.child.keeper());
        keepers.collect()
    }

    pub(super) fn forget(&self, started: &Arc<Started>) {
        self.up().retain(|other| !Arc::ptr_eq(other, started));
    }

    /// A process that has ended, its command and how.
    pub(super) fn ended_process(&self) -> Option<(String, End)> {
        self.processes().iter().find_map(|process| {
            let end = process.child.ended_by_now()?;
            (end != End::Code(0)).then(|| (process.command.clone(), end))
        })
    }

    /// Its parts with this isolation. `others` says whether another server will do as well.
    pub(crate) fn parts(&self, isolation: &Isolation, others: bool) -> Arc<Parts> {
        let mut parts = lock(&self.parts);
        let new = || {
            let preparations = others.then(|| Arc::clone(&self.preparations));
            Arc::new(Parts::new(
                isolation,
                &self.place,
                self.ends(),
                preparations,
            ))
        };
        match parts.get(isolation) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(parts.entry(isolation.clone()).or_insert_with(new)),
        }
    }

    /// Drops what no test uses inside it, to give room back.
    pub(crate) fn shed(&self, patience: &Patience<'_>) {
        let all: Vec<_> = lock(&self.parts).values().cloned().collect();
        all.iter().for_each(|parts| parts.shed(patience));
    }

    /// What becomes readable when one of its processes ends.
    pub(super) fn ends(&self) -> Processes {
        // Those of the moment: they may be stopped and started.
        let up = Arc::downgrade(&self.up);
        let known = |process: &Arc<Started>| Arc::clone(process) as isolation::Process;
        Processes::new(move || Some(lock(&*up.upgrade()?).iter().map(known).collect()))
    }

    /// How the daemon ended, if one of its processes has. Exit status 0 is ignored, since daemons may fork.
    pub(crate) fn ended(&self) -> Option<End> {
        self.ended_process().map(|(_, end)| end)
    }

    /// Returns whether any of the main process's descendants still runs, itself included.
    pub(crate) fn runs(&self) -> bool {
        self.main().is_some_and(|process| process.runs())
    }

    pub(super) fn up(&self) -> MutexGuard<'_, Vec<Arc<Started>>> {
        lock(&self.up)
    }

    /// Nobody waits for a process with the lock held.
    pub(super) fn processes(&self) -> Vec<Arc<Started>> {
        self.up().clone()
    }

    /// Returns whether it can still be used.
    pub(crate) fn lives(&self) -> bool {
        self.launch.external.is_some() || self.ended().is_none() && self.runs()
    }

    /// Kills all that is left, and forgets it. Returns the numbers of those that may still run all the same.
    pub(super) fn finish_all(&self) -> Vec<u32> {
        self.finish(self.processes())
    }

    /// The same for some processes.
    pub(super) fn finish(&self, processes: Vec<Arc<Started>>) -> Vec<u32> {
        // All at once, and those that others depend on last.
        for process in processes.iter().rev() {
            self.forget(process);
            process.child.kill(Kill::NOW);
        }
        let finished = |process: &Arc<Started>| self.finished(process, Kill::NOW, None).1;
        processes.iter().rev().flat_map(finished).collect()
    }

    pub(super) fn finished(
        &self,
        process: &Started,
        kill: Kill,
        client: Option<BorrowedFd<'_>>,
    ) -> (End, Vec<u32>) {
        let (end, left) = process.finish(kill, client);
        let mut ends = lock(&self.ends);
        ends.insert(process.name.clone(), end);
        (end, left)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.finish_all();
    }
}
