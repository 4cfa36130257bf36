//! The product's own launches, as they are run by hand.

use std::path::{Path, PathBuf};

use fixtured::daemons;
use fixtured::launch::{Command, Launch, Process, Step};

use crate::Result;

/// What fixtured launches for the daemon of this name, with its placeholders.
pub fn of(name: &str) -> Result<Launch> {
    let entry = daemons::ALL
        .iter()
        .find(|entry| entry.names.contains(&name));
    Ok((entry
        .ok_or_else(|| format!("there is no daemon `{name}`"))?
        .launch)())
}

/// The server process of a launch.
pub fn server(launch: &Launch) -> Result<&Process> {
    Ok(launch.processes.last().ok_or("nothing is launched")?)
}

/// How a launch makes its template, if it has one.
pub fn template(launch: &Launch) -> Option<&Command> {
    launch.prepare.iter().find_map(|step| match step {
        Step::Template { build, .. } => build.iter().find_map(|step| match step {
            Step::Run(command) => Some(command),
            _ => None,
        }),
        _ => None,
    })
}

/// The files that a launch writes, with their placeholders.
pub fn files(launch: &Launch) -> impl Iterator<Item = (&str, &str)> {
    launch.prepare.iter().filter_map(|step| match step {
        Step::Write { path, text } => Some((path.as_str(), text.as_str())),
        _ => None,
    })
}

/// The file of a program, found where the launch says that it may be.
pub fn program(launch: &Launch, name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let home = std::env::var("HOME").unwrap_or_default();
    for place in launch
        .software
        .iter()
        .flat_map(|software| &software.also_in)
    {
        let place = place.replace('~', &home);
        match place.split_once('*') {
            None => directories.push(place.into()),
            Some((before, after)) => {
                let versions = std::fs::read_dir(before).into_iter().flatten().flatten();
                directories.extend(
                    versions.map(|version| version.path().join(after.trim_start_matches('/'))),
                );
            }
        }
    }
    let found = directories
        .iter()
        .map(|directory| directory.join(name))
        .find(|file| file.is_file());
    Ok(found.ok_or_else(|| format!("`{name}` is not installed"))?)
}

/// Fills in the placeholders that a launch by hand needs.
pub fn fill(text: &str, dir: &Path, port: u16) -> String {
    text.replace("{dir}", &dir.display().to_string())
        .replace("{port}", &port.to_string())
}
