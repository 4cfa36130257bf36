//! One start of a launch: prepare, spawn, wait.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::condition::remove_what_it_left;
use super::plan::{unprivileged, user, working_directory};
use super::running::Running;
use crate::directory::Directories;
use crate::error::{Cause, End};
use crate::instance::Stream;
use crate::isolation::set_password;
use crate::launch::{Command, Launch, Process, Ready, Step};
use crate::log::{Log, Logs, length};
use crate::place::{self, Place};
use crate::process::{Kill, Spawner};
use crate::ready::{self, Check, Missed, Waiting};
use crate::software::Programs;
use crate::template::Template;

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
    /// What is closed when nobody wants the daemon any more.
    pub(crate) unwanted: Vec<BorrowedFd<'a>>,
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
        let until = Instant::now() + *timeout;
        let programs = self.programs()?;
        let mut tries = 1;
        loop {
            match self.attempt(&programs, until) {
                Err(cause) if tries < TRIES && lost_a_port(self.launch, &cause) => tries += 1,
                result => return result,
            }
        }
    }

    fn programs(&self) -> Result<Programs<'_>, Cause> {
        Programs::find(self.launch, self.environment, &|program| {
            self.said_by(program).unwrap_or_default()
        })
    }

    /// Starts the processes again in their place: the same directory, ports and logs. When this fails, they are gone, but their place
    /// is kept.
    pub(crate) fn again(&self, running: &Running) -> Result<(), Cause> {
        running.finish();
        let until = Instant::now() + self.launch.timeout;
        let programs = self.programs()?;
        for process in &self.launch.processes {
            remove_what_it_left(process, &running.place);
        }
        let started = self.start_all(&programs, running, until);
        if started.is_err() {
            running.finish();
        }
        started
    }

    fn attempt(&self, programs: &Programs<'_>, until: Instant) -> Result<Running, Cause> {
        let launch = self.launch;
        let user = unprivileged(launch);
        let (dir, log) = self.directories.for_instance(&launch.name, user.as_ref())?;
        let (ports, numbers) =
            place::lease(launch).map_err(|error| Cause::io("lease a port", error))?;
        let mut values = launch.values.clone();
        let secret =
            place::secret(launch).map_err(|error| Cause::io("read /dev/urandom", error))?;
        values.extend(secret.map(|secret| ("secret".to_owned(), secret)));
        let place = Place {
            dir: dir.path().into(),
            ports: numbers,
            values,
        };
        let mut running = Running {
            launch: launch.clone(),
            place,
            log: self.logs.add(log, launch.output_limit),
            up: Mutex::default(),
            parts: Mutex::default(),
            _dir: dir,
            _ports: ports,
        };
        for step in &launch.prepare {
            self.prepare(step, programs, &mut running, until)?;
        }
        self.start_all(programs, &running, until)?;
        for step in &launch.complete {
            self.prepare(step, programs, &mut running, until)?;
        }
        if let Some(ready) = &launch.foreign {
            self.find(ready, programs, &running, until)?;
            self.directories
                .uses(&running.place.fill_all(&launch.isolation.of_server()));
        }
        Ok(running)
    }

    fn start_all(
        &self,
        programs: &Programs<'_>,
        running: &Running,
        until: Instant,
    ) -> Result<(), Cause> {
        let processes = &self.launch.processes;
        for process in processes {
            self.refuse_what_is_there(process, &running.place)?;
        }
        processes
            .iter()
            .try_for_each(|process| self.start(process, programs, running, until))
    }

    fn prepare(
        &self,
        step: &Step,
        programs: &Programs<'_>,
        running: &mut Running,
        until: Instant,
    ) -> Result<(), Cause> {
        match step {
            Step::Write { path, text } => {
                let path = running.place.fill(path);
                let written = fs::write(&path, running.place.fill(text));
                written.map_err(|error| Cause::io(format!("write `{path}`"), error))
            }
            Step::Run(command) => self.complete(command, programs, running, until),
            Step::PostgresPassword {
                socket,
                user,
                password,
            } => {
                let [socket, user, password] =
                    [socket, user, password].map(|text| running.place.fill(text));
                let set = set_password(&socket, &user, &password, &running.dead());
                set.map_err(|reason| Cause::io(format!("set the password of {user}"), reason))
            }
            Step::Template { into, build } => {
                let into = PathBuf::from(running.place.fill(into));
                let program = programs.file(&build.program, &running.place.dir)?;
                let template =
                    Template::new(&self.launch.name, &program, &build.args, self.environment)?;
                let user = user(build);
                template.copy(&into, user.as_ref(), |path| {
                    running
                        .place
                        .values
                        .insert("template".into(), path.display().to_string());
                    self.complete(build, programs, running, until)
                })
            }
        }
    }

    /// Runs a command to its end, which must be a good one.
    fn complete(
        &self,
        command: &Command,
        programs: &Programs<'_>,
        running: &mut Running,
        until: Instant,
    ) -> Result<(), Cause> {
        let process = Process::new(command.clone(), Ready::Started);
        let child = self.spawn(&process, programs, running)?;
        let waiting = Waiting {
            // Whichever way it ends, it ends this wait by being ready.
            ended: &|| None,
            end: Some(child.child.end()),
            left: None,
            unwanted: self.unwanted.clone(),
            until,
        };
        let mut has_ended = || match child.child.ended() {
            Some(_) => Check::Ready,
            None => Check::NotYet("it was still running".into()),
        };
        let waited = ready::wait(&mut has_ended, &waiting);
        let ended = child.child.ended();
        let pid = child.child.pid();
        let shown = child.command.clone();
        child.finish(Kill::NOW, None);
        match (waited, ended) {
            (Ok(()), Some(End::Code(0))) => Ok(()),
            (Ok(()), end) => Err(Cause::Exited {
                name: self.launch.name.clone(),
                command: shown,
                end: end.unwrap_or(End::Unseen),
                log: running.log.tail(),
            }),
            (Err(missed), _) => Err(self.missed(missed, shown, pid, &running.log)),
        }
    }

    /// Starts one of the server processes and waits until it is ready.
    fn start(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
        until: Instant,
    ) -> Result<(), Cause> {
        let stream = |output| {
            let path = running.log.file_of(output)?;
            let from = length(&path);
            Some(Stream { path, from })
        };
        let [mut output, mut errors] = [stream(&process.stdout), stream(&process.stderr)];
        let started = self.spawn(process, programs, running)?;
        let files: Vec<_> = output.iter().chain(&errors).cloned().collect();
        let cwd = working_directory(&process.command, &running.place);
        let mut banner = None;
        let mut readiness =
            self.readiness(&process.ready, &cwd, programs, running, &files, &mut banner)?;
        let waiting = Waiting {
            ended: &|| started.child.ended(),
            end: Some(started.child.end()),
            left: only_ours(process).then(|| started.child.end()),
            unwanted: self.unwanted.clone(),
            until,
        };
        let waited = ready::wait(&mut *readiness, &waiting);
        drop(readiness);
        let ready = match waited {
            Err(missed) => {
                let (pid, command) = (started.child.pid(), started.command.clone());
                Err(self.missed(missed, command, pid, &running.log))
            }
            Ok(()) => self.refuse_a_foreign_listener(process, &running.place, &started),
        };
        if let Err(cause) = ready {
            started.finish(Kill::NOW, None);
            return Err(cause);
        }
        if let Some(banner) = banner.as_deref().and_then(OnceLock::get) {
            let has_it = |stream: &&mut Stream| stream.path == banner.path;
            for stream in [&mut output, &mut errors]
                .into_iter()
                .flatten()
                .filter(has_it)
            {
                stream.from = banner.from;
            }
        }
        let mut up = running.up();
        up.processes.push(Arc::new(started));
        (up.output, up.errors) = (output, errors);
        Ok(())
    }

    /// Waits for a server that somebody else runs.
    fn find(
        &self,
        ready: &Ready,
        programs: &Programs<'_>,
        running: &Running,
        until: Instant,
    ) -> Result<(), Cause> {
        let mut readiness =
            self.readiness(ready, Path::new("/"), programs, running, &[], &mut None)?;
        let waiting = Waiting {
            ended: &|| None,
            end: None,
            left: None,
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

    fn missed(&self, missed: Missed, command: String, pid: u32, log: &Log) -> Cause {
        let name = self.launch.name.clone();
        match missed {
            Missed::Deadline(missing) => Cause::NotReady {
                name,
                command,
                after: self.launch.timeout,
                missing,
                stopped: format!("pid {pid} and all its descendants"),
                log: log.tail(),
            },
            Missed::Unwanted => Cause::SessionEnded {
                why: format!("`{name}` was no longer wanted while it started"),
            },
            Missed::Failed(reason) => Cause::Check {
                name,
                command,
                reason,
                log: log.tail(),
            },
            Missed::Ended(end) => Cause::Exited {
                name,
                command,
                end,
                log: log.tail(),
            },
        }
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
    use crate::error::LogTail;

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
