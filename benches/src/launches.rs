//! The product's own launches, as they are run by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fixtured::__command_line::{Entry, with_ports};
use fixtured::launch::{Command, Launch, Process, Software, Step};

use crate::Result;

/// What fixtured launches for the daemon of this name, with its placeholders.
pub fn of(name: &str) -> Result<Launch> {
    let entry = Entry::named(name);
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
        Step::Write { path, text, .. } => Some((path.as_str(), text.as_str())),
        _ => None,
    })
}

/// The file of a program, found where the launch says that it may be; `VARIABLE/program` is that of one software.
pub fn program(launch: &Launch, name: &str) -> Result<PathBuf> {
    let (of, name) = match name.rsplit_once('/') {
        Some((of, name)) if of.starts_with("FIXTURED_") => (Some(of), name),
        Some(_) => return Ok(name.into()),
        None => (None, name),
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let home = std::env::var("HOME").unwrap_or_default();
    let software = launch.software.iter().find(|software| {
        let has = software.programs.iter().any(|program| program == name);
        has && of.is_none_or(|of| of == software.variable)
    });
    let found = match software {
        None => path
            .iter()
            .map(|place| place.join(name))
            .find(|file| file.is_file()),
        Some(software) => {
            let patterns = software.search_paths.iter();
            let also: Vec<_> = patterns.map(|place| place.replace('~', &home)).collect();
            let (own, others): (Vec<_>, Vec<_>) = also
                .iter()
                .partition(|place| place.contains("/.local/share/fixtured/"));
            let expanded = |patterns: Vec<&String>| -> Vec<_> {
                patterns.into_iter().flat_map(|it| expand(it)).collect()
            };
            let places = expanded(own)
                .into_iter()
                .chain(path)
                .chain(expanded(others));
            let has_all = |place: &PathBuf| {
                let mut files = software.programs.iter().map(|program| place.join(program));
                files.clone().all(|file| file.is_file())
                    && files.next().is_none_or(|first| !is_other(software, &first))
            };
            places
                .into_iter()
                .find(has_all)
                .map(|place| place.join(name))
        }
    };
    Ok(found.ok_or_else(|| format!("`{name}` is not installed"))?)
}

/// Returns whether a program is another software's with the same name.
fn is_other(software: &Software, program: &Path) -> bool {
    software.other_than.as_ref().is_some_and(|other| {
        let said = std::process::Command::new(program)
            .args(&software.version_args)
            .output();
        said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(other.as_str()))
    })
}

/// The directories that a pattern stands for.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![pattern.into()];
    };
    let versions = std::fs::read_dir(before).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join(after.trim_start_matches('/')))
        .collect()
}

/// Fills in the placeholders that a launch by hand needs.
pub fn fill(text: &str, dir: &Path, port: u16) -> String {
    with_ports(text, &BTreeMap::new())
        .replace("{dir}", &dir.display().to_string())
        .replace("{port}", &port.to_string())
}
