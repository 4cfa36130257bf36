//! A command of a launch, with everything decided.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, PipeWriter};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use super::attempt::Attempt;
use super::started::Started;
use crate::directory::{self, SessionDir};
use crate::error::Cause;
use crate::instance::Stream;
use crate::launch::{Command, Input, Process};
use crate::log::length;
use crate::place::Place;
use crate::process::{Kill, Plan, User, number};

/// The variable that marks what a session has started, for the session that cleans up after it.
pub(crate) const MARK: &str = "FIXTURED_STARTED_BY";

impl Attempt<'_> {
    /// Starts one of the server processes.
    pub(super) fn begin(&self, process: &Process) -> Result<Arc<Started>, Cause> {
        let log = self.running.logs.of(&process.name);
        let stream = |output| {
            let path = log.file_of(output)?;
            let from = length(&path);
            Some(Stream { path, from })
        };
        self.tell("starting", &process.name);
        let (output, errors) = (stream(&process.stdout), stream(&process.stderr));
        let started = Arc::new(Started {
            output,
            errors,
            ..self.spawn(process)?
        });
        self.running.up().push(Arc::clone(&started));
        Ok(started)
    }

    pub(super) fn spawn(&self, process: &Process) -> Result<Started, Cause> {
        let (plan, open) = self.plan(process)?;
        let kill = plan.stop;
        let shutdown = process.stop.shutdown_signal.as_deref().map(number);
        let shutdown = shutdown
            .transpose()
            .map_err(|problem| self.invalid(problem))?;
        let command = self.shown(&process.command);
        let expected = process.stop.expected_returncode;
        match self.start.spawner.spawn(plan) {
            Ok(child) => {
                self.start.directories.started(child.maker());
                Ok(Started {
                    name: process.name.clone(),
                    output: None,
                    errors: None,
                    banner: OnceLock::new(),
                    child,
                    command,
                    kill,
                    shutdown: Kill {
                        signal: shutdown.unwrap_or(kill.signal),
                        ..kill
                    },
                    pause: AtomicBool::new(false),
                    expected,
                    _stdin: open,
                })
            }
            Err(error) => Err(Cause::Spawn {
                name: self.name(),
                command,
                reason: error.to_string(),
            }),
        }
    }

    /// Decides everything. A standard input that is to stay open does so as long as the other end that comes with the plan.
    pub(super) fn plan(&self, process: &Process) -> Result<(Plan, Option<PipeWriter>), Cause> {
        let Process { command, stop, .. } = process;
        let (place, log) = (self.place(), self.running.logs.of(&process.name));
        let cwd = self.working_directory(command);
        let (stdin, open) = input(&process.stdin, place, self.start.directories.session())?;
        let program = self.programs.file(&place.fill(&command.program), &cwd)?;
        let args = command.args.iter().map(|arg| place.fill(arg));
        let (program, args) = match &command.script {
            None => (program, args.collect()),
            Some(script) => {
                let script = ["-c".into(), script.clone(), program.display().to_string()];
                let shell = self.programs.file("sh", &cwd)?;
                (shell, script.into_iter().chain(args).collect())
            }
        };
        let plan = Plan {
            program,
            args,
            env: self.variables(command),
            cwd,
            stdin,
            stdout: log.open(&process.stdout)?,
            stderr: log.open(&process.stderr)?,
            user: user(command),
            descriptors: command.descriptors,
            stop: Kill::new(stop).map_err(|problem| self.invalid(problem))?,
        };
        Ok((plan, open))
    }

    fn variables(&self, command: &Command) -> Vec<(OsString, OsString)> {
        let place = self.place();
        let mut variables = BTreeMap::new();
        if command.inherit_env {
            variables.clone_from(self.start.environment);
        } else {
            let kept = ["PATH", "TZ", "LD_LIBRARY_PATH"];
            let kept = kept
                .iter()
                .filter_map(|name| self.start.environment.get_key_value(OsStr::new(name)));
            variables.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
            // Where the test's temporary files go, the server's user may not be let in.
            for own in ["HOME", "TMPDIR"] {
                variables.insert(own.into(), place.dir.clone().into());
            }
            variables.insert("LC_ALL".into(), "C".into());
        }
        for name in &command.env_remove {
            variables.remove(OsStr::new(name));
        }
        variables.extend(
            command
                .env
                .iter()
                .map(|(name, value)| (name.into(), place.fill(value).into())),
        );
        let session = self.start.directories.session();
        variables.insert(MARK.into(), session.path().into());
        variables.into_iter().collect()
    }

    pub(super) fn working_directory(&self, command: &Command) -> PathBuf {
        match &command.cwd {
            Some(cwd) => self.place().fill(&cwd.to_string_lossy()).into(),
            None => self.place().dir.clone(),
        }
    }

    /// A command as one would type it; which program of several of that name is meant is said by its path.
    pub(super) fn shown(&self, command: &Command) -> String {
        let place = self.place();
        let program = place.fill(&command.program);
        let file = match program.starts_with("FIXTURED_") {
            true => self.programs.file(&program, &place.dir).ok(),
            false => None,
        };
        let program = file.map_or(program, |file| file.display().to_string());
        let args = command.args.iter().map(|arg| place.fill(arg));
        shell_words::join(std::iter::once(program).chain(args))
    }
}

/// What a process reads, and for one that is to wait for more, what keeps it waiting.
fn input(
    input: &Input,
    place: &Place,
    session: &SessionDir,
) -> Result<(Option<OwnedFd>, Option<PipeWriter>), Cause> {
    let read = |path: &Path| {
        directory::read(path)
            .map_err(|error| Cause::io(format!("read `{}`", path.display()), error))
    };
    Ok(match input {
        Input::Empty => (None, None),
        Input::Open => {
            let pipe = io::pipe().map_err(|error| Cause::io("make a pipe", error))?;
            (Some(pipe.0.into()), Some(pipe.1))
        }
        Input::Text(text) => {
            let file = session.unnamed(&place.fill(text));
            let file = file.map_err(|error| Cause::io("write the standard input", error))?;
            (Some(file.into()), None)
        }
        Input::File(path) => (Some(read(path)?.into()), None),
    })
}

pub(super) fn user(command: &Command) -> Option<User> {
    User::instead_of_root(command.as_root.as_deref()?)
}
