//! What is installed for daemons on this machine.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use fixtured::__command_line::{Environment, environment, locate, version};
use fixtured::ErrorKind;
use fixtured::launch::Software;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::catalog::Entry;

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(6);

/// A daemon on this machine.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) entry: &'static Entry,
    /// Its own software first, then that of daemons which it includes.
    pub(crate) parts: Vec<Part>,
    /// What would do instead, if something of that is missing.
    pub(crate) instead: Vec<Vec<Part>>,
}

/// One software that a daemon needs.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) software: Software,
    pub(crate) found: Result<Found, String>,
    /// Whether it is there and cannot be used; so it is no use to install it.
    pub(crate) broken: bool,
}

/// A software that is there.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) programs: Vec<PathBuf>,
    /// Its version, where it can say that.
    pub(crate) version: Option<String>,
}

/// Looks for what these daemons need, for all at once; `versions`: ask all for their versions, which takes longer.
pub(crate) fn look(entries: &[&'static Entry], versions: bool) -> Vec<Installed> {
    let environment = &environment();
    thread::scope(|scope| {
        let looking: Vec<_> = entries
            .iter()
            .map(|entry| {
                let launch = (entry.launch)();
                let ways = launch.ways().map(|way| {
                    let parts = each_once(way.software).into_iter().map(|software| {
                        scope.spawn(move || {
                            let found = find(entry.name(), &software, environment, versions);
                            Part {
                                broken: found.as_ref().is_err_and(|(_, broken)| *broken),
                                found: found.map_err(|(why, _)| why),
                                software,
                            }
                        })
                    });
                    parts.collect::<Vec<_>>()
                });
                (*entry, ways.collect::<Vec<_>>())
            })
            .collect();
        let joined = looking.into_iter().map(|(entry, ways)| {
            let ways = ways.into_iter().map(|parts| {
                let parts = parts.into_iter().filter_map(|part| part.join().ok());
                parts.collect::<Vec<_>>()
            });
            Installed::of(entry, ways.collect())
        });
        joined.collect()
    })
}

fn each_once(all: Vec<Software>) -> Vec<Software> {
    let mut known = Vec::new();
    for software in all {
        if !known.contains(&software) {
            known.push(software);
        }
    }
    known
}

impl Installed {
    /// A daemon that can be run in several ways: the first of which nothing is missing is meant.
    fn of(entry: &'static Entry, mut ways: Vec<Vec<Part>>) -> Self {
        let complete = ways.iter().position(|parts| is_complete(parts));
        let parts = match ways.is_empty() {
            true => Vec::new(),
            false => ways.remove(complete.unwrap_or(0)),
        };
        let instead = match complete {
            Some(_) => Vec::new(),
            None => ways,
        };
        Self {
            entry,
            parts,
            instead,
        }
    }

    /// Returns whether nothing is missing.
    pub(crate) fn is_complete(&self) -> bool {
        is_complete(&self.parts)
    }

    /// The version of its main software.
    pub(crate) fn version(&self) -> Option<&str> {
        self.parts.first()?.found.as_ref().ok()?.version.as_deref()
    }
}

fn is_complete(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.found.is_ok())
}

impl Part {
    /// The name of the software, from that of its variable: `FIXTURED_POSTGRES_BIN` is that of `postgres`.
    pub(crate) fn name(&self) -> String {
        name(&self.software)
    }
}

/// The name of a software.
fn name(software: &Software) -> String {
    let name = software.variable.strip_prefix("FIXTURED_");
    let name = name.and_then(|name| name.strip_suffix("_BIN"));
    name.unwrap_or_default().to_lowercase().replace('_', "-")
}

/// Finds one software; if it is not there, says why, and whether this is since it cannot be used.
fn find(
    daemon: &str,
    software: &Software,
    environment: &Environment,
    versions: bool,
) -> Result<Found, (String, bool)> {
    let ask = |program: &Path, software: &Software| said(program, &software.version_args);
    let programs = locate(daemon, software, environment, &ask).map_err(|error| {
        let why = match error.program() {
            // For a check, the list of searched places does not matter.
            Some(program) if error.is_nowhere() => format!("`{program}` is not installed"),
            _ => error.reason(),
        };
        (why, error.kind() != ErrorKind::NotInstalled)
    })?;
    let asked = programs.first().filter(|_| versions);
    let version = asked.and_then(|program| version(program, software, &ask));
    Ok(Found { programs, version })
}

/// What a program says when it is asked for its version: nothing if it takes too long.
fn said(program: &Path, args: &[String]) -> String {
    let spawned = Command::new(program)
        .args(args)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = spawned else {
        return String::new();
    };
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut said = String::new();
        for mut stream in streams.into_iter().flatten() {
            let _ = stream.read_to_string(&mut said);
        }
        let _ = sender.send(said);
    });
    let said = receiver.recv_timeout(PATIENCE).unwrap_or_default();
    // One that says nothing must not go on, nor what it has started.
    let _ = killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL);
    let _ = child.wait();
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_says_nothing_is_not_waited_for() {
        assert_eq!(said(Path::new("/nowhere"), &[]), "");
        assert_eq!(said(Path::new("/bin/echo"), &["x 1.2".into()]), "x 1.2\n");
    }
}
