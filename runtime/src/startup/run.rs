//! One start of a launch: prepare, spawn, wait.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::attempt::Attempt;
use super::running::Running;
use super::start::Start;
use super::started::Started;
use super::validation::problem;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::launch::{Launch, Process};
use crate::place::{self, Place};
use crate::process::{Kill, User};
use crate::software::{Programs, choose};

/// How often a start is tried when another process takes its port.
const TRIES: usize = 3;

impl Start<'_> {
    /// Starts the daemon and waits until it is ready. When this fails, everything that it started is gone.
    pub(crate) fn run(self) -> Result<Running, Cause> {
        if let Some(problem) = problem(self.launch) {
            let name = self.launch.name.clone();
            return Err(Cause::Invalid { name, problem });
        }
        let until = Deadline::after(self.launch.timeout);
        let launch = choose(self.launch, self.environment, &|program, software| {
            self.said_by(program, software, until)
        })?;
        let chosen = Start {
            launch: &launch,
            ..self
        };
        chosen.run_chosen(until)
    }

    fn run_chosen(&self, until: Deadline) -> Result<Running, Cause> {
        let programs = self.programs(until)?;
        let mut tries = 1;
        loop {
            match self.attempt(&programs, until) {
                Err(cause) if tries < TRIES && lost_a_port(self.launch, &cause) => tries += 1,
                Err(cause) if self.doubts_the_cache(&cause) => {}
                result => return self.judge_the_cache(result),
            }
        }
    }

    pub(super) fn programs(&self, until: Deadline) -> Result<Programs<'_>, Cause> {
        Programs::find(self.launch, self.environment, &|program, software| {
            self.said_by(program, software, until)
        })
    }

    /// Starts the processes again in their place, or the one of this name: the same directory, ports and logs. What still runs of them
    /// is stopped before. When this fails, they are gone, but their place is kept.
    pub(crate) fn again(&self, running: &Running, process: Option<&str>) -> Result<(), Cause> {
        let only = process.map(|name| running.process(name)).transpose()?;
        running.clear(process)?;
        let until = Deadline::after(self.launch.timeout);
        let attempt = Attempt {
            start: self,
            programs: &self.programs(until)?,
            running,
            until,
            first: false,
        };
        match only {
            None => attempt.start_all_again(),
            Some(process) => attempt.start_again(process),
        }
    }

    fn attempt(&self, programs: &Programs<'_>, until: Deadline) -> Result<Running, Cause> {
        let launch = self.launch;
        let running = self.settle()?;
        let attempt = Attempt {
            start: self,
            programs,
            running: &running,
            until,
            first: true,
        };
        attempt.validate()?;
        attempt.tell("preparing", "");
        self.prepared.begin_try();
        attempt.carry_out_all(&launch.prepare, running.logs.main().process())?;
        attempt.copy_data()?;
        let started = attempt.start_all();
        started.map_err(|cause| cause.leaving(running.finish_all()))?;
        if let Some(ready) = &launch.external {
            attempt.find(ready)?;
            self.directories
                .uses(&running.place.fill_all(&launch.isolation.of_server()));
        }
        Ok(running)
    }

    /// Gives the daemon its place.
    fn settle(&self) -> Result<Running, Cause> {
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
        let subjects = launch.subjects();
        let (ports, numbers) =
            place::lease(launch, &subjects).map_err(|error| Cause::io("lease a port", error))?;
        let secret =
            place::secret(&subjects).map_err(|error| Cause::io("read /dev/urandom", error))?;
        let mut values = launch.values.clone();
        if let Some(secret) = &secret {
            values.entry("secret".into()).or_insert(secret.clone());
        }
        let place = Place {
            dir: dirs
                .first()
                .map(|dir| dir.path().into())
                .unwrap_or_default(),
            others,
            ports: numbers,
            wired: BTreeMap::new(),
            values,
            secret,
        };
        if let Some(problem) = place.problem(&subjects) {
            let name = launch.name.clone();
            return Err(Cause::Invalid { name, problem });
        }
        Ok(Running {
            launch: launch.clone(),
            asked: self.asked.clone(),
            place,
            logs: self.logs.add(log, launch.output_limit, &launch.processes),
            since: Instant::now(),
            up: Arc::default(),
            ends: Mutex::default(),
            parts: Mutex::default(),
            preparations: Arc::default(),
            notes: Mutex::default(),
            dirs,
            _ports: ports,
        })
    }
}

impl Attempt<'_> {
    /// Starts all processes and waits until they are ready. What is done around each is done only the first time.
    fn start_all(&self) -> Result<(), Cause> {
        let processes = &self.start.launch.processes;
        for process in processes {
            self.refuse_what_is_there(process)?;
        }
        self.refuse_taken_ports()?;
        let mut pending = Vec::new();
        for process in processes {
            if !process.concurrent {
                self.finish_starting(&mut pending)?;
            }
            if self.first {
                self.carry_out_all(&process.prepare, &process.name)?;
            }
            let started = self.begin(process)?;
            pending.push((process, started));
        }
        self.finish_starting(&mut pending)
    }

    fn start_all_again(&self) -> Result<(), Cause> {
        let processes = &self.start.launch.processes;
        for process in processes {
            self.remove_what_it_left(process);
        }
        let started = self.start_all();
        started.map_err(|cause| cause.leaving(self.running.finish_all()))
    }

    fn start_again(&self, process: &Process) -> Result<(), Cause> {
        self.remove_what_it_left(process);
        self.refuse_what_is_there(process)?;
        let started = self.begin(process)?;
        let ready = self.await_ready(process, &started);
        ready.map_err(|cause| {
            self.running.forget(&started);
            cause.leaving(started.finish(Kill::NOW, None).1)
        })
    }

    fn finish_starting(&self, pending: &mut Vec<(&Process, Arc<Started>)>) -> Result<(), Cause> {
        for (process, started) in pending.drain(..) {
            self.await_ready(process, &started)?;
            if self.first {
                self.carry_out_all(&process.after_ready, &process.name)?;
            }
        }
        Ok(())
    }
}

/// Returns whether a start failed because another process had its port, and another port can be tried.
fn lost_a_port(launch: &Launch, cause: &Cause) -> bool {
    let lost = match cause {
        Cause::Exited { log, .. } => log
            .lines
            .iter()
            .any(|line| line.to_lowercase().contains("address already in use")),
        Cause::AlreadyRunning { .. } => true,
        _ => false,
    };
    lost && place::lease(launch, &launch.subjects()).is_ok_and(|(leases, _)| !leases.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{End, LogTail};
    use crate::launch::Site;

    #[test]
    fn a_lost_port_is_tried_again_unless_it_is_fixed() {
        let exited = |line: &str| Cause::Exited {
            name: "x".into(),
            command: "x".into(),
            end: End::Code(1),
            log: LogTail {
                path: "log".into(),
                lines: vec![line.into()],
                ..LogTail::default()
            },
        };
        let lost = exited("bind: Address already in use");
        let mut launch = Launch {
            url: Site::symbolic().port.into(),
            ..Launch::new("x")
        };
        assert!(lost_a_port(&launch, &lost));
        assert!(!lost_a_port(&launch, &exited("no")));
        launch.fixed_ports.insert(String::new(), 80);
        assert!(!lost_a_port(&launch, &lost));
    }
}
