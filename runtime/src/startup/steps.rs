//! What is done around the processes of a launch.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::attempt::Attempt;
use super::plan::user;
use crate::directory::real_path;
use crate::error::{Cause, End, For, Part};
use crate::isolation::{Patience, execute, load};
use crate::launch::{Command, Databases, Process, Ready, Step, Texts, commands, in_template};
use crate::process::Kill;
use crate::ready::{self, Exited, Waiting};
use crate::template::{Target, Template};

impl Attempt<'_> {
    /// Carries out what belongs to this process of the launch, in whose log the output goes.
    pub(super) fn carry_out_all(&self, steps: &[Step], process: &str) -> Result<(), Cause> {
        let mut steps = steps.iter();
        steps.try_for_each(|step| self.carry_out(step, process))
    }

    fn carry_out(&self, step: &Step, process: &str) -> Result<(), Cause> {
        let place = self.place();
        match step {
            Step::Write { path, text } => {
                let path = PathBuf::from(place.fill(path));
                let written = self.running.write(&path, &place.fill(text));
                written.map_err(|error| {
                    Cause::io(format!("write `{}`", real_path(&path).display()), error)
                })
            }
            Step::Directory(path) => {
                let path = PathBuf::from(place.fill(path));
                let made = self.running.make_directory(&path);
                made.map_err(|error| {
                    Cause::io(format!("create `{}`", real_path(&path).display()), error)
                })
            }
            Step::Run(command) => self.complete(command, process),
            Step::Wait(ready) => self.await_step(ready, process),
            Step::Execute {
                protocol,
                socket,
                user,
                purpose,
                statements,
            } => {
                let [socket, user, statements] =
                    [socket, user, statements].map(|text| place.fill(text));
                let databases = Databases::new(*protocol, socket, user, "");
                let patience = self.patience();
                let ends = self.running.ends();
                let executed = execute(&databases, &statements, ends, &patience);
                executed.map_err(|refused| Cause::io(purpose.clone(), refused.reason))
            }
            Step::Load {
                protocol,
                socket,
                password,
                files,
            } => {
                let [socket, password] = [socket, password].map(|text| place.fill(text));
                let databases = Databases::new(*protocol, socket, "", password);
                let patience = self.patience();
                let loaded = load(&databases, files, self.running.ends(), &patience);
                loaded.map_err(|refused| Cause::Isolate {
                    name: self.name(),
                    part: Part::Data,
                    whose: For::Test,
                    refused: Box::new(refused),
                    after: self.start.launch.timeout,
                    log: self.running.logs.main().tail(),
                })
            }
            Step::Template { into, build } => {
                let into = PathBuf::from(place.fill(into));
                let commands: Vec<_> = build.iter().flat_map(commands).collect();
                let files: Result<Vec<_>, _> = commands
                    .iter()
                    .map(|command| {
                        self.programs
                            .file(&place.fill(&command.program), &place.dir)
                    })
                    .collect();
                let environment = self.start.environment;
                let template = Template::new(&self.name(), &files?, build, environment)?;
                let owner = commands.first().and_then(|command| user(command));
                let target = Target {
                    path: &into,
                    owner: owner.as_ref(),
                    until: self.until,
                    unwanted: self.unwanted(),
                };
                let note = |note| self.start.note(&note, self.running);
                let templates = self.start.templates;
                let make = |path: &Path| {
                    let mut build = build.clone();
                    build.each_text(&mut |text| *text = in_template(text, path));
                    self.carry_out_all(&build, process)
                };
                if self.start.prepared.is_from_scratch() {
                    return make(&into);
                }
                let copied = template.copy(&target, templates, &note, &make)?.into_iter();
                copied.for_each(|copied| self.start.prepared.add(copied));
                Ok(())
            }
        }
    }

    fn patience(&self) -> Patience<'_> {
        Patience {
            until: self.until,
            whole: self.start.launch.timeout,
            unwanted: self.unwanted(),
        }
    }

    /// Runs a command to its end, which must be a good one.
    fn complete(&self, command: &Command, process: &str) -> Result<(), Cause> {
        let process = Process::new(command.clone(), Ready::Started).named(process);
        let child = self.spawn(&process)?;
        let waiting = Waiting::new(self.unwanted(), self.until);
        let waited = ready::wait(&mut Exited(&child.child), &waiting);
        let ended = child.child.ended();
        child.finish(Kill::NOW, None);
        match (waited, ended) {
            (Ok(()), Some(End::Code(0))) => Ok(()),
            (Ok(()), end) => Err(Cause::Exited {
                name: self.name(),
                command: child.command.clone(),
                end: end.unwrap_or(End::Unseen),
                log: self.running.logs.of(&process.name).tail(),
            }),
            (Err(not_ready), _) => Err(self.not_ready(not_ready, Some(&Arc::new(child)))),
        }
    }
}
