//! A command of a launch, with everything decided.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, PipeWriter};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use super::running::{Running, Started};
use super::start::Start;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::launch::{Command, Input, Output, Process, Software};
use crate::place::Place;
use crate::process::{Interest, Kill, Plan, User, wait};
use crate::software::Programs;

/// The variable that marks what a session has started, for the session that cleans up after it.
pub(crate) const MARK: &str = "FIXTURED_STARTED_BY";

/// How long a program may take to say its version.
const VERSION: Duration = Duration::from_secs(10);

impl Start<'_> {
    pub(super) fn spawn(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
    ) -> Result<Started, Cause> {
        let (plan, open) = self.plan(process, programs, running)?;
        let kill = plan.stop;
        let command = shown(&process.command, programs, &running.place);
        let expected = process.stop.expected_returncode;
        match self.spawner.spawn(plan) {
            Ok(child) => {
                self.directories.started(child.pid());
                Ok(Started {
                    name: process.name.clone(),
                    output: None,
                    errors: None,
                    banner: OnceLock::new(),
                    child,
                    command,
                    kill,
                    expected,
                    _stdin: open,
                })
            }
            Err(error) => {
                let cwd = working_directory(&process.command, &running.place);
                let reason = match cwd.is_dir() {
                    true => error.to_string(),
                    false => format!("the directory `{}` does not exist", cwd.display()),
                };
                Err(Cause::Spawn {
                    name: self.launch.name.clone(),
                    command,
                    reason,
                })
            }
        }
    }

    /// Decides everything. A standard input that is to stay open does so as long as the other end that comes with the plan.
    pub(super) fn plan(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
    ) -> Result<(Plan, Option<PipeWriter>), Cause> {
        let Process { command, stop, .. } = process;
        let place = &running.place;
        let invalid = |problem| Cause::Invalid {
            name: self.launch.name.clone(),
            problem,
        };
        let cwd = working_directory(command, place);
        let (stdin, open) = input(&process.stdin, place)?;
        let plan = Plan {
            program: programs.file(&place.fill(&command.program), &cwd)?,
            args: command.args.iter().map(|arg| place.fill(arg)).collect(),
            env: self.variables(command, place),
            cwd,
            stdin,
            stdout: running.log.open(&process.stdout)?,
            stderr: running.log.open(&process.stderr)?,
            user: user(command),
            descriptors: command.descriptors,
            stop: Kill::new(stop).map_err(invalid)?,
        };
        Ok((plan, open))
    }

    /// What the first program of a software says about its version.
    pub(super) fn said_by(&self, program: &Path, software: &Software) -> Result<String, Cause> {
        let (dir, log) = self.directories.for_instance("version", None)?;
        let log = self.logs.add(log, self.launch.output_limit);
        let (mut variables, path) = (BTreeMap::new(), self.environment.get("PATH"));
        variables.extend(path.map(|path| ("PATH".to_owned(), path.clone())));
        variables.insert(
            MARK.into(),
            self.directories.session().path().display().to_string(),
        );
        let plan = Plan {
            program: program.into(),
            args: software.version_args.clone(),
            env: variables.into_iter().collect(),
            cwd: dir.path().into(),
            stdin: Stdio::null(),
            stdout: log.open(&Output::Log)?,
            stderr: log.open(&Output::Null)?,
            user: None,
            descriptors: None,
            stop: Kill::NOW,
        };
        let failed = |error| Cause::io(format!("run `{}`", program.display()), error);
        let child = self.spawner.spawn(plan).map_err(failed)?;
        let until = Deadline::after(VERSION);
        let _ = wait(&[Interest::readable(child.end())], until);
        let said = fs::read_to_string(log.path()).unwrap_or_default();
        log.remove();
        Ok(said)
    }

    fn variables(&self, command: &Command, place: &Place) -> Vec<(String, String)> {
        let mut variables = BTreeMap::new();
        if command.inherit_env {
            variables.clone_from(self.environment);
        } else {
            let kept = ["PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH"];
            let kept = kept
                .iter()
                .filter_map(|name| self.environment.get_key_value(*name));
            variables.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
            variables.insert("HOME".into(), place.dir.display().to_string());
            variables.insert("LC_ALL".into(), "C".into());
        }
        variables.extend(
            command
                .env
                .iter()
                .map(|(name, value)| (name.clone(), place.fill(value))),
        );
        variables.insert(
            MARK.into(),
            self.directories.session().path().display().to_string(),
        );
        variables.into_iter().collect()
    }
}

/// What a process reads, and for one that is to wait for more, what keeps it waiting.
fn input(input: &Input, place: &Place) -> Result<(Stdio, Option<PipeWriter>), Cause> {
    let read = |path: &Path| {
        let file = File::open(path);
        file.map_err(|error| Cause::io(format!("read `{}`", path.display()), error))
    };
    Ok(match input {
        Input::Empty => (Stdio::null(), None),
        Input::Open => {
            let pipe = io::pipe().map_err(|error| Cause::io("make a pipe", error))?;
            (pipe.0.into(), Some(pipe.1))
        }
        Input::Text(text) => {
            let path = place.dir.join(".stdin");
            let written = fs::write(&path, place.fill(text));
            written.map_err(|error| Cause::io(format!("write `{}`", path.display()), error))?;
            let file = read(&path)?;
            let _ = fs::remove_file(&path);
            (file.into(), None)
        }
        Input::File(path) => (read(path)?.into(), None),
    })
}

pub(super) fn working_directory(command: &Command, place: &Place) -> PathBuf {
    match &command.cwd {
        Some(cwd) => place.fill(&cwd.to_string_lossy()).into(),
        None => place.dir.clone(),
    }
}

/// A command as one would type it; which program of several of that name is meant is said by its path.
pub(super) fn shown(command: &Command, programs: &Programs<'_>, place: &Place) -> String {
    let program = place.fill(&command.program);
    let file = match program.starts_with("FIXTURED_") {
        true => programs.file(&program, &place.dir).ok(),
        false => None,
    };
    let program = file.map_or(program, |file| file.display().to_string());
    let args = command.args.iter().map(|arg| place.fill(arg));
    shell_words::join(std::iter::once(program).chain(args))
}

pub(super) fn user(command: &Command) -> Option<User> {
    User::instead_of_root(command.as_root.as_deref()?)
}
