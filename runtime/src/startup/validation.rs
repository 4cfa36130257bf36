//! Refusing launches that can never work, before anything starts.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::attempt::Attempt;
use crate::error::{Cause, Invalid};
use crate::launch::{Command, Launch, Process, Ready};
use crate::process::{Kill, number, returncode};
use crate::ready::probe;

/// What is wrong with a launch as a whole.
pub(super) fn problem(launch: &Launch) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut processes = launch.processes.iter();
    let same = processes.find(|process| !names.insert(&process.name));
    let same = || Some(Invalid::SameName(&same?.name).into());
    let no_time = launch.timeout.is_zero();
    let no_time = || no_time.then(|| Invalid::NoTimeout.into());
    launch.invalid.clone().or_else(no_time).or_else(same)
}

impl Attempt<'_> {
    /// Refuses a launch with a part that can never work.
    pub(super) fn validate(&self) -> Result<(), Cause> {
        let launch = &self.start.launch;
        let of_processes = launch.processes.iter().find_map(|it| self.problem(it));
        let of_foreign = || {
            let ready = launch.external.as_ref()?;
            let main = self.running.logs.main().process();
            self.problem_of(ready, Path::new("/"), main)
        };
        let problem = of_processes.or_else(of_foreign);
        problem.map_or(Ok(()), |problem| Err(self.invalid(problem)))
    }

    fn problem(&self, process: &Process) -> Option<String> {
        let Process {
            command,
            ready,
            stop,
            ..
        } = process;
        let cwd = self.working_directory(command);
        self.problem_with(command)
            .or_else(|| self.no_directory(&cwd))
            .or_else(|| Kill::new(stop).err())
            .or_else(|| number(stop.shutdown_signal.as_deref()?).err())
            .or_else(|| returncode(stop.expected_returncode?).err())
            .or_else(|| self.problem_of(ready, &cwd, &process.name))
    }

    fn problem_of(&self, ready: &Ready, cwd: &Path, process: &str) -> Option<String> {
        let run = |command: &Command| self.runs(command, process);
        probe(ready, self.place(), cwd, &run).problem()
    }

    /// What the system can hand to no program.
    fn problem_with(&self, command: &Command) -> Option<String> {
        let Command {
            program, args, env, ..
        } = command;
        let place = self.place();
        if program.is_empty() {
            return Some(Invalid::EmptyCommand.into());
        }
        let words = std::iter::once(program).chain(args);
        if let Some(word) = words.map(|word| place.fill(word)).find(|it| has_nul(it)) {
            return Some(Invalid::NulInArgument(&word).into());
        }
        env.iter().find_map(|(name, value)| {
            let value = place.fill(value);
            if name.is_empty() || name.contains('=') || has_nul(name) {
                Some(Invalid::VariableName(name).into())
            } else if has_nul(&value) {
                Some(
                    Invalid::NulInVariable {
                        name,
                        value: &value,
                    }
                    .into(),
                )
            } else {
                None
            }
        })
    }

    /// A directory of the daemon's own may still be made.
    fn no_directory(&self, cwd: &Path) -> Option<String> {
        let place = self.place();
        let mut own = place.others.values().chain([&place.dir]);
        if own.any(|own| cwd.starts_with(own)) {
            return None;
        }
        match fs::metadata(cwd) {
            Ok(found) if found.is_dir() => None,
            Ok(_) => Some(Invalid::CwdIsFile(cwd).into()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Some(Invalid::CwdMissing(cwd).into())
            }
            Err(error) => Some(Invalid::CwdUnusable(cwd, &error).into()),
        }
    }
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
