//! What has to be done so that nothing is missing.

use std::io;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::Signal;
use signal_hook::flag;

use super::client::{Client, on_path};
use super::directory::Directory;
use crate::failure::Failure;
use crate::globals::Globals;
use crate::installed::{Installed, Part};
use crate::messages::Messages;

/// How long apt waits for another that is at work, in seconds.
const PATIENCE: &str = "DPkg::Lock::Timeout=900";

/// What has to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Packages of the system's clients.
    apt: Vec<String>,
    brew: Vec<String>,
    gem: Vec<String>,
    /// What comes after those, since they may have the clients that fill these.
    directories: Vec<Directory>,
}

/// By what a software is installed.
#[derive(Debug)]
struct Way<'a> {
    client: Client,
    packages: &'a str,
    /// The client that must be installed first, by another one.
    first: Option<(Client, &'static str)>,
}

/// The command that installs a software on this system, for people; or why there is none.
pub(crate) fn way(part: &Part, user: bool) -> Result<String, String> {
    let Way {
        client, packages, ..
    } = choose(part, user)?;
    let unknown = client == Client::Apt && !packages.split(' ').all(is_known);
    // Its lists may be empty or old, or it needs another source.
    let note = if unknown {
        ", not in the package lists of apt yet"
    } else {
        ""
    };
    Ok(format!("{} install {packages}{note}", client.name()))
}

/// The software of a daemon: of what would do, that which can be installed on this system.
pub(crate) fn wanted(daemon: &Installed) -> &[Part] {
    let can_be_had = |part: &Part| {
        part.found.is_ok()
            || choose(part, false)
                .is_ok_and(|way| way.client != Client::Apt || way.packages.split(' ').all(is_known))
    };
    let mut instead = daemon.instead.iter();
    let parts = &daemon.parts;
    match daemon.instead.is_empty() || parts.iter().all(can_be_had) {
        true => parts,
        false => instead
            .find(|parts| parts.iter().all(can_be_had))
            .unwrap_or(parts),
    }
}

/// The first client that has the software and is there, or can be had.
fn choose(part: &Part, user: bool) -> Result<Way<'_>, String> {
    let install = &part.software.install;
    let having = Client::ALL.map(|client| (client, client.packages(install)));
    let having: Vec<_> = having
        .into_iter()
        .filter(|(_, packages)| !packages.is_empty())
        .collect();
    let allowed = |client: &Client| !(user && client.needs_root());
    for (client, packages) in having.iter().copied().filter(|it| allowed(&it.0)) {
        let is_there = client.is_there();
        let first = [Client::Apt, Client::Brew].into_iter().find_map(|system| {
            let itself = client.itself(system)?;
            (allowed(&system) && system.is_there()).then_some((system, itself))
        });
        if is_there || first.is_some() {
            let first = first.filter(|_| !is_there);
            return Ok(Way {
                client,
                packages,
                first,
            });
        }
    }
    let name = part.name();
    let names: Vec<_> = having.iter().map(|(client, _)| client.name()).collect();
    let apt_is_there = names.contains(&"apt") && Client::Apt.is_there();
    Err(match &names[..] {
        [] => format!("no package provides `{name}`"),
        _ if user && apt_is_there => format!(
            "`{name}` comes from apt, which installs system-wide and needs root: run without `--user`"
        ),
        _ => format!(
            "`{name}` comes from {}, which is not installed",
            names.join(" or ")
        ),
    })
}

impl Plan {
    /// What has to be done for these daemons.
    pub(super) fn of(daemons: &[Installed], user: bool) -> Result<Self, Failure> {
        let mut plan = Self::default();
        for part in daemons.iter().flat_map(wanted) {
            let of_ours = Client::ALL
                .into_iter()
                .find(|client| {
                    client.fills_directory() && !client.packages(&part.software.install).is_empty()
                })
                .map(|client| {
                    Directory::new(
                        &part.name(),
                        client,
                        client.packages(&part.software.install),
                    )
                })
                .transpose()
                .map_err(Failure::new)?;
            let wanted = match &part.found {
                Err(_) => true,
                // What is there was not finished, or is of another version than the one that is known to work.
                Ok(found) => of_ours.as_ref().is_some_and(|directory| {
                    let inside = found
                        .programs
                        .iter()
                        .any(|it| it.starts_with(&directory.path));
                    inside && !directory.is_filled()
                }),
            };
            if wanted {
                plan.add(part, user)?;
            }
        }
        Ok(plan)
    }

    fn add(&mut self, part: &Part, user: bool) -> Result<(), Failure> {
        let way = choose(part, user).map_err(Failure::new)?;
        let packages =
            shell_words::split(way.packages).map_err(|error| Failure::new(error.to_string()))?;
        if let Some((client, itself)) = way.first {
            self.system(client, vec![itself.into()]);
        }
        if way.client.fills_directory() {
            let directory = Directory::new(&part.name(), way.client, way.packages);
            let directory = directory.map_err(Failure::new)?;
            if !self.directories.contains(&directory) {
                self.directories.push(directory);
            }
        } else {
            self.system(way.client, packages);
        }
        Ok(())
    }

    fn system(&mut self, client: Client, packages: Vec<String>) {
        let all = match client {
            Client::Brew => &mut self.brew,
            Client::Gem => &mut self.gem,
            _ => &mut self.apt,
        };
        for package in packages {
            if !all.contains(&package) {
                all.push(package);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let of_system = [&self.apt, &self.brew, &self.gem];
        of_system.iter().all(|all| all.is_empty()) && self.directories.is_empty()
    }

    /// The commands, one a line, as a shell takes them.
    pub(super) fn text(&self) -> String {
        let of_directories = self.directories.iter().flat_map(Directory::commands);
        let all = self.of_system().into_iter().chain(of_directories);
        all.map(|words| shown(&words) + "\n").collect()
    }

    /// The commands of the system's clients.
    fn of_system(&self) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        if !self.apt.is_empty() {
            let root = match nix::unistd::geteuid().is_root() {
                true => &[][..],
                false => &["sudo"],
            };
            let apt = [root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]].concat();
            let command = |words: &[&str]| -> Vec<String> {
                let words = apt.iter().chain(["-o", PATIENCE].iter()).chain(words);
                words.map(|word| (*word).to_owned()).collect()
            };
            if !self.apt.iter().all(|package| is_known(package)) {
                all.push(command(&["update"]));
            }
            let install = command(&["install", "--yes", "--no-install-recommends"]);
            all.push([install, self.apt.clone()].concat());
        }
        if !self.brew.is_empty() {
            let install = ["brew", "install"].map(ToOwned::to_owned).to_vec();
            all.push([install, self.brew.clone()].concat());
        }
        if !self.gem.is_empty() {
            let install = ["gem", "install", "--no-document"].map(ToOwned::to_owned);
            all.push([install.to_vec(), self.gem.clone()].concat());
        }
        all
    }

    /// Runs the commands, showing each first.
    pub(super) fn carry_out(&self, globals: &Globals, messages: &Messages) -> Result<(), Failure> {
        // Ctrl-C ends the client, and then us, when what it has left is removed.
        let interrupted = Arc::new(AtomicBool::new(false));
        let failed = |error| Failure::new(format!("cannot receive signals: {error}"));
        flag::register(Signal::SIGINT as i32, Arc::clone(&interrupted)).map_err(failed)?;
        let run = |words: &Vec<String>| {
            messages.say(&format!("$ {}", shown(words)));
            let result = run(words, globals.quiet);
            match interrupted.load(Ordering::Relaxed) {
                true => Err(Failure::interrupted(Signal::SIGINT as i32)),
                false => result,
            }
        };
        self.of_system().iter().try_for_each(run)?;
        for directory in &self.directories {
            directory.fill(|| directory.commands().iter().try_for_each(run))?;
        }
        Ok(())
    }
}

/// Returns whether apt can install a package.
fn is_known(package: &str) -> bool {
    let policy = Command::new("apt-cache")
        .args(["policy", package])
        .env("LC_ALL", "C")
        .stderr(Stdio::null())
        .output();
    policy.is_ok_and(|policy| {
        let said = String::from_utf8_lossy(&policy.stdout);
        let mut lines = said.lines().map(str::trim);
        lines.any(|line| line.starts_with("Candidate: ") && line != "Candidate: (none)")
    })
}

/// A command as a shell takes it.
fn shown(words: &[String]) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    let words = words.iter().map(
        |word| match !word.is_empty() && word.chars().all(is_plain) {
            true => word.into(),
            false => shell_words::quote(word),
        },
    );
    words.collect::<Vec<_>>().join(" ")
}

/// Runs a command, whose output is no data of ours.
fn run(words: &[String], quiet: bool) -> Result<(), Failure> {
    let text = shown(words);
    let failed = |why: &dyn std::fmt::Display| Failure::new(format!("`{text}` failed: {why}"));
    let (program, args) = words.split_first().ok_or_else(|| failed(&"no command"))?;
    if on_path(program).is_none() && !program.contains('/') {
        return Err(failed(&format!("`{program}` is not on PATH")));
    }
    let output = match quiet {
        true => Stdio::null(),
        false => io::stderr()
            .as_fd()
            .try_clone_to_owned()
            .map_err(|error| failed(&error))?
            .into(),
    };
    let status = Command::new(program)
        .args(args)
        // What is built goes with the program, not into a package of the user's.
        .env_remove("CARGO_TARGET_DIR")
        .stdout(output)
        .status()
        .map_err(|error| failed(&error))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(&status)),
    }
}
