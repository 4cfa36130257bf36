//! A command of a launch, with everything decided.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::running::{Running, Started};
use super::start::Start;
use crate::error::Cause;
use crate::launch::{Command, Launch, Process, Step};
use crate::place::Place;
use crate::process::{Kill, Plan, User};
use crate::software::Programs;

/// The variable that marks what a session has started, for the session that cleans up after it.
pub(crate) const MARK: &str = "FIXTURED_STARTED_BY";

impl Start<'_> {
    pub(super) fn spawn(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
    ) -> Result<Started, Cause> {
        let plan = self.plan(process, programs, running)?;
        let kill = plan.stop;
        let command = shown(&process.command, &running.place);
        let expected = process.stop.expected_returncode;
        match self.spawner.spawn(plan) {
            Ok(child) => Ok(Started {
                child,
                command,
                kill,
                expected,
            }),
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

    pub(super) fn plan(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        running: &Running,
    ) -> Result<Plan, Cause> {
        let Process {
            command,
            stop,
            split_output,
            ..
        } = process;
        let place = &running.place;
        let invalid = |problem| Cause::Invalid {
            name: self.launch.name.clone(),
            problem,
        };
        let cwd = working_directory(command, place);
        let stdout = running.log.open()?;
        let stderr = match split_output {
            true => running.log.open_error()?,
            false => stdout
                .try_clone()
                .map_err(|error| Cause::io("share a log", error))?,
        };
        Ok(Plan {
            program: programs.file(&place.fill(&command.program), &cwd)?,
            args: command.args.iter().map(|arg| place.fill(arg)).collect(),
            env: self.variables(command, place),
            cwd,
            stdout,
            stderr,
            user: user(command),
            stop: Kill::new(stop).map_err(invalid)?,
        })
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
            self.directories.session().display().to_string(),
        );
        variables.into_iter().collect()
    }
}

pub(super) fn working_directory(command: &Command, place: &Place) -> PathBuf {
    match &command.cwd {
        Some(cwd) => place.fill(&cwd.to_string_lossy()).into(),
        None => place.dir.clone(),
    }
}

/// A command as one would type it.
pub(super) fn shown(command: &Command, place: &Place) -> String {
    let words = std::iter::once(&command.program)
        .chain(&command.args)
        .map(|word| place.fill(word));
    shell_words::join(words)
}

/// The user that a launch runs as, if it must not be root.
pub(super) fn unprivileged(launch: &Launch) -> Option<User> {
    let built = launch.prepare.iter().filter_map(|step| match step {
        Step::Run(command) | Step::Template { build: command, .. } => Some(command),
        Step::Write { .. } => None,
    });
    built
        .chain(launch.processes.iter().map(|process| &process.command))
        .find_map(user)
}

pub(super) fn user(command: &Command) -> Option<User> {
    User::instead_of_root(command.as_root.as_deref()?)
}
