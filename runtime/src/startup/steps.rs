//! What is done around the processes of a launch.

use std::path::PathBuf;

use super::plan::user;
use super::running::Running;
use super::start::Start;
use crate::deadline::Deadline;
use crate::error::{Cause, End};
use crate::isolation::{Patience, set_password};
use crate::launch::{Command, Process, Ready, Step, commands, rewrite};
use crate::process::Kill;
use crate::ready::{self, Check, Waiting};
use crate::software::Programs;
use crate::template::{Target, Template};

impl Start<'_> {
    pub(super) fn carry_out_all(
        &self,
        steps: &[Step],
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        steps
            .iter()
            .try_for_each(|step| self.carry_out(step, programs, running, until))
    }

    pub(super) fn carry_out(
        &self,
        step: &Step,
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        let place = &running.place;
        match step {
            Step::Write { path, text } => {
                let path = PathBuf::from(place.fill(path));
                let written = running.write(&path, &place.fill(text));
                written.map_err(|error| Cause::io(format!("write `{}`", path.display()), error))
            }
            Step::Directory(path) => {
                let path = PathBuf::from(place.fill(path));
                let made = running.make_directory(&path);
                made.map_err(|error| Cause::io(format!("create `{}`", path.display()), error))
            }
            Step::Run(command) => self.complete(command, programs, running, until),
            Step::Wait(ready) => self.await_step(ready, programs, running, until),
            Step::PostgresPassword {
                socket,
                user,
                password,
            } => {
                let [socket, user, password] =
                    [socket, user, password].map(|text| place.fill(text));
                let patience = Patience {
                    until,
                    whole: self.launch.timeout,
                    unwanted: &self.unwanted,
                };
                let set = set_password(&socket, &user, &password, running.ends(), &patience);
                set.map_err(|refused| {
                    Cause::io(format!("set the password of {user}"), refused.reason)
                })
            }
            Step::Template { into, build } => {
                let into = PathBuf::from(place.fill(into));
                let commands: Vec<_> = build.iter().flat_map(commands).collect();
                let files: Result<Vec<_>, _> = commands
                    .iter()
                    .map(|command| programs.file(&place.fill(&command.program), &place.dir))
                    .collect();
                let template = Template::new(&self.launch.name, &files?, build, self.environment)?;
                let owner = commands.first().and_then(|command| user(command));
                let target = Target {
                    path: &into,
                    owner: owner.as_ref(),
                    until,
                    unwanted: &self.unwanted,
                };
                let note = |note| self.note(&note, running);
                let copied = template.copy(&target, self.templates, &note, &|path| {
                    let path = path.display().to_string();
                    let build: Vec<Step> =
                        rewrite(build, &|text| text.replace("{template}", &path))
                            .map_err(|error| Cause::io("prepare a template", error))?;
                    self.carry_out_all(&build, programs, running, until)
                })?;
                copied.into_iter().for_each(|copied| self.copied(copied));
                Ok(())
            }
        }
    }

    /// Runs a command to its end, which must be a good one.
    fn complete(
        &self,
        command: &Command,
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        let process = Process::new(command.clone(), Ready::Started);
        let child = self.spawn(&process, programs, running)?;
        let waiting = Waiting {
            // Whichever way it ends, it ends this wait by being ready.
            ended: &|| None,
            end: Some(child.child.end()),
            left: None,
            others: Vec::new(),
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

    /// Waits for what a step waits for.
    fn await_step(
        &self,
        ready: &Ready,
        programs: &Programs<'_>,
        running: &Running,
        until: Deadline,
    ) -> Result<(), Cause> {
        let place = &running.place;
        let others = running.processes();
        let newest = others.last();
        let files: Vec<_> = newest
            .iter()
            .flat_map(|process| process.output.iter().chain(&process.errors))
            .cloned()
            .collect();
        let mut readiness =
            self.readiness(ready, &place.dir, programs, running, &files, &mut None)?;
        let waiting = Waiting {
            ended: &|| None,
            end: None,
            left: None,
            others: others.iter().map(|other| &other.child).collect(),
            unwanted: self.unwanted.clone(),
            until,
        };
        let waited = ready::wait(&mut *readiness, &waiting);
        waited.map_err(|missed| self.missed_by(missed, newest, running))
    }
}
