//! One start of a launch: prepare, spawn, wait.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::condition::remove_what_it_left;
use super::phase::Phase;
use super::plan::working_directory;
use super::prepared::Prepared;
use super::running::{How, Running, Started};
use crate::deadline::Deadline;
use crate::directory::Directories;
use crate::error::Cause;
use crate::instance::Stream;
use crate::launch::{Launch, Process, Ready};
use crate::log::{Logs, length};
use crate::place::{self, Place};
use crate::process::{Kill, Spawner, User};
use crate::ready::{self, Missed, Waiting};
use crate::software::Programs;
use crate::template::Templates;

/// How often a start is tried when another process takes its port.
const TRIES: usize = 3;

/// What a start needs besides the launch.
pub(crate) struct Start<'a> {
    pub(crate) launch: &'a Launch,
    /// The environment of the test that asks.
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) spawner: &'a Spawner,
    pub(crate) directories: &'a Directories,
    pub(crate) logs: &'a Logs,
    pub(crate) templates: &'a Templates,
    pub(crate) prepared: Prepared,
    /// What is closed when nobody wants the daemon any more.
    pub(crate) unwanted: Vec<BorrowedFd<'a>>,
    /// Told how far the start has come.
    pub(crate) told: &'a (dyn Fn(Phase) + Sync),
}

impl Start<'_> {
    /// Starts the daemon and waits until it is ready. When this fails, everything that it started is gone.
    pub(crate) fn run(&self) -> Result<Running, Cause> {
        let Launch {
            name,
            problem,
            timeout,
            ..
        } = self.launch;
        if let Some(problem) = problem {
            return Err(Cause::Invalid {
                name: name.clone(),
                problem: problem.clone(),
            });
        }
        let until = Deadline::after(*timeout);
        let programs = self.programs()?;
        let (mut tries, mut from_scratch) = (1, false);
        loop {
            match self.attempt(&programs, until) {
                Err(cause) if tries < TRIES && lost_a_port(self.launch, &cause) => tries += 1,
                Err(cause) if !from_scratch && self.doubt_the_cache(&cause) => from_scratch = true,
                result => return result,
            }
        }
    }

    fn programs(&self) -> Result<Programs<'_>, Cause> {
        Programs::find(self.launch, self.environment, &|program, software| {
            self.said_by(program, software).unwrap_or_default()
        })
    }

    /// Starts the processes again in their place: the same directory, ports and logs. When this fails, they are gone, but their place
    /// is kept.
    pub(crate) fn again(&self, running: &Running) -> Result<(), Cause> {
        running.finish();
        let until = Deadline::after(self.launch.timeout);
        let programs = self.programs()?;
        for process in &self.launch.processes {
            remove_what_it_left(process, running);
        }
        let started = self.start_all(&programs, running, false, until);
        if started.is_err() {
            running.finish();
        }
        started
    }

    fn attempt(&self, programs: &Programs<'_>, until: Deadline) -> Result<Running, Cause> {
        let launch = self.launch;
        let user = |name: &str| User::instead_of_root(name);
        let owner = launch.user().as_deref().and_then(user);
        let (dir, log) = self
            .directories
            .for_instance(&launch.name, owner.as_ref())?;
        let (mut dirs, mut others) = (vec![dir], BTreeMap::new());
        for (name, owner) in &launch.directories {
            let owner = owner.as_deref().and_then(user);
            let (dir, _) = self.directories.for_instance(name, owner.as_ref())?;
            others.insert(name.clone(), dir.path().into());
            dirs.push(dir);
        }
        let (ports, numbers) =
            place::lease(launch).map_err(|error| Cause::io("lease a port", error))?;
        let mut values = launch.values.clone();
        let secret =
            place::secret(launch).map_err(|error| Cause::io("read /dev/urandom", error))?;
        values.extend(secret.map(|secret| ("secret".to_owned(), secret)));
        let place = Place {
            dir: dirs
                .first()
                .map(|dir| dir.path().into())
                .unwrap_or_default(),
            others,
            ports: numbers,
            values,
        };
        let running = Running {
            launch: launch.clone(),
            place,
            log: self.logs.add(log, launch.output_limit),
            since: Instant::now(),
            up: Mutex::default(),
            ends: Mutex::default(),
            parts: Mutex::default(),
            notes: Mutex::default(),
            dirs,
            _ports: ports,
        };
        self.tell("preparing", "", &running);
        self.begin_try(&running);
        for step in &launch.prepare {
            self.carry_out(step, programs, &running, until)?;
        }
        self.start_all(programs, &running, true, until)?;
        if let Some(ready) = &launch.foreign {
            self.find(ready, programs, &running, until)?;
            self.directories
                .uses(&running.place.fill_all(&launch.isolation.of_server()));
        }
        Ok(running)
    }

    /// Starts all processes and waits until they are ready. What is done around each is done only the first time.
    fn start_all(
        &self,
        programs: &Programs<'_>,
        running: &Running,
        first: bool,
        until: Deadline,
    ) -> Result<(), Cause> {
        let processes = &self.launch.processes;
        for process in processes {
            self.refuse_what_is_there(process, programs, &running.place)?;
        }
        self.refuse_taken_ports(programs, &running.place)?;
        let mut pending = Vec::new();
        for process in processes {
            if !process.together {
                self.finish_starting(&mut pending, programs, running, first, until)?;
            }
            if first {
                self.carry_out_all(&process.prepare, programs, running, until)?;
            }
            let started = self.begin(process, programs, running)?;
            pending.push((process, started));
        }
        self.finish_starting(&mut pending, programs, running, first, until)
    }

    /// Starts one of the processes again, which has been stopped.
    pub(crate) fn process_again(&self, name: &str, running: &Running) -> Result<(), Cause> {
        let until = Deadline::after(self.launch.timeout);
        let process = running.process(name)?;
        running.stop_process(name, &How::default(), None)?;
        remove_what_it_left(process, running);
        let programs = self.programs()?;
        self.refuse_what_is_there(process, &programs, &running.place)?;
        let started = self.begin(process, &programs, running)?;
        let ready = self.finish_starting(
            &mut vec![(process, Arc::clone(&started))],
            &programs,
            running,
            false,
            until,
        );
        if ready.is_err() {
            running.forget(&started);
            started.finish(Kill::NOW, None);
        }
        ready
    }

    fn finish_starting(
        &self,
        pending: &mut Vec<(&Process, Arc<Started>)>,
        programs: &Programs<'_>,
        running: &Running,
        first: bool,
        until: Deadline,
    ) -> Result<(), Cause> {
        for (process, started) in pending.drain(..) {
            self.await_ready(process, &started, programs, running, until)?;
            if first {
                self.carry_out_all(&process.complete, programs, running, until)?;
            }
        }
        Ok(())
    }

    fn tell(&self, doing: &str, what: &str, running: &Running) {
        let what = match what {
            "" => &self.launch.name,
            what => what,
        };
        (self.told)(Phase {
            doing: format!("{doing} {what}"),
            log: running.log.path().into(),
        });
    }

    /// Starts one of the server processes.
    fn begin(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
    ) -> Result<Arc<Started>, Cause> {
        let stream = |output| {
            let path = running.log.file_of(output)?;
            let from = length(&path);
            Some(Stream { path, from })
        };
        self.tell("starting", &process.name, running);
        let (output, errors) = (stream(&process.stdout), stream(&process.stderr));
        let started = Arc::new(Started {
            output,
            errors,
            ..self.spawn(process, programs, running)?
        });
        running.up().push(Arc::clone(&started));
        Ok(started)
    }

    /// Waits until a process is ready.
    fn await_ready(
        &self,
        process: &Process,
        started: &Arc<Started>,
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        let files: Vec<_> = started
            .output
            .iter()
            .chain(&started.errors)
            .cloned()
            .collect();
        self.tell("waiting for", &process.name, running);
        let cwd = working_directory(&process.command, &running.place);
        let mut others = running.processes();
        others.retain(|other| !Arc::ptr_eq(other, started));
        let mut banner = None;
        let mut readiness =
            self.readiness(&process.ready, &cwd, programs, running, &files, &mut banner)?;
        let waiting = Waiting {
            ended: &|| started.child.ended(),
            end: Some(started.child.end()),
            left: only_ours(process).then(|| started.child.end()),
            others: others.iter().map(|other| &other.child).collect(),
            unwanted: self.unwanted.clone(),
            until,
        };
        let waited = ready::wait(&mut *readiness, &waiting);
        drop(readiness);
        if let Err(missed) = waited {
            return Err(self.missed_by(missed, Some(started), running));
        }
        self.refuse_a_foreign_listener(process, programs, &running.place, started)?;
        if let Some(banner) = banner.as_deref().and_then(OnceLock::get) {
            let _ = started.banner.set(banner.clone());
        }
        Ok(())
    }

    /// Waits for a server that somebody else runs.
    fn find(
        &self,
        ready: &Ready,
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        let mut readiness =
            self.readiness(ready, Path::new("/"), programs, running, &[], &mut None)?;
        let waiting = Waiting {
            ended: &|| None,
            end: None,
            left: None,
            others: Vec::new(),
            unwanted: self.unwanted.clone(),
            until,
        };
        ready::wait(&mut *readiness, &waiting).map_err(|missed| match missed {
            Missed::Deadline(missing) => Cause::NotFound {
                name: self.launch.name.clone(),
                after: self.launch.timeout,
                missing,
            },
            other => self.missed(other, "none".into(), 0, &running.log),
        })
    }
}

/// Whether only a descendant of the process can make it ready.
fn only_ours(process: &Process) -> bool {
    let listener = process.ready.listener().is_some() && !process.foreign_listener;
    listener || matches!(process.ready, Ready::Output(_))
}

/// Whether a start failed because somebody else had its port, and another one can be tried.
fn lost_a_port(launch: &Launch, cause: &Cause) -> bool {
    let lost = match cause {
        Cause::Exited { log, .. } => log
            .lines
            .iter()
            .any(|line| line.to_lowercase().contains("address already in use")),
        Cause::AlreadyRunning { .. } => true,
        _ => false,
    };
    lost && place::lease(launch).is_ok_and(|(leases, _)| !leases.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{End, LogTail};

    #[test]
    fn a_lost_port_is_tried_again_unless_it_is_fixed() {
        let exited = |line: &str| Cause::Exited {
            name: "x".into(),
            command: "x".into(),
            end: End::Code(1),
            log: LogTail {
                path: "log".into(),
                lines: vec![line.into()],
            },
        };
        let lost = exited("bind: Address already in use");
        let mut launch = Launch {
            url: "{port}".into(),
            ..Launch::new("x")
        };
        assert!(lost_a_port(&launch, &lost));
        assert!(!lost_a_port(&launch, &exited("no")));
        launch.fixed_ports.insert(String::new(), 80);
        assert!(!lost_a_port(&launch, &lost));
    }
}
