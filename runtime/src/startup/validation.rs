//! What can never work, and is refused before anything starts.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::attempt::Attempt;
use crate::error::Cause;
use crate::launch::{Command, Launch, Process, Ready};
use crate::process::{Kill, returncode};
use crate::ready::probe;

/// What is wrong with a launch as a whole.
pub(super) fn problem(launch: &Launch) -> Option<String> {
    let mut names = BTreeSet::new();
    let mut processes = launch.processes.iter();
    let same = processes.find(|process| !names.insert(&process.name));
    let same = || {
        let name = &same?.name;
        Some(format!("two of its processes are called `{name}`"))
    };
    let no_time = launch.timeout.is_zero();
    let no_time = || no_time.then(|| "a timeout of 0 leaves no time to start".into());
    launch.invalid.clone().or_else(no_time).or_else(same)
}

impl Attempt<'_> {
    /// Refuses a launch of which some part can never work.
    pub(super) fn refuse_the_impossible(&self) -> Result<(), Cause> {
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
            return Some("the command is empty".into());
        }
        let words = std::iter::once(program).chain(args);
        if let Some(word) = words.map(|word| place.fill(word)).find(|it| has_nul(it)) {
            return Some(format!(
                "the word {word:?} of the command has a NUL byte in it"
            ));
        }
        env.iter().find_map(|(name, value)| {
            let value = place.fill(value);
            if name.is_empty() || name.contains('=') || has_nul(name) {
                Some(format!(
                    "{name:?} is not the name of an environment variable"
                ))
            } else if has_nul(&value) {
                Some(format!(
                    "the environment variable `{name}` has a NUL byte in it: {value:?}"
                ))
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
        let shown = cwd.display();
        match fs::metadata(cwd) {
            Ok(found) if found.is_dir() => None,
            Ok(_) => Some(format!("the working directory `{shown}` is a file")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Some(format!("the directory `{shown}` does not exist"))
            }
            Err(error) => Some(format!("the directory `{shown}` cannot be used: {error}")),
        }
    }
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
