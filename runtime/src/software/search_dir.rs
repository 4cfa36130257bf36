//! Directories that may have the programs of a software.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::executable::{Executable, look};
use super::version::numbers;
use crate::directory::{Missing, trusted};
use crate::launch::Software;
use crate::process::home;

/// Where programs are searched for if `PATH` is not set: what confstr(3) has as `_CS_PATH`, with which execvp(3) looks for them then.
const PATH: &str = "/bin:/usr/bin";

/// Where `fixtured install` puts what needs no root.
const INSTALLED: &str = "~/.local/share/fixtured/";

/// A directory to look in.
#[derive(Clone, Debug)]
pub(super) struct SearchDir {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

/// Why it is looked in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// What has been installed there is for this daemon alone.
    Own,
    /// The user says so, by `PATH` or a variable of this crate.
    Named,
    /// Distributions keep programs there.
    Usual,
}

/// What a directory has.
#[derive(Debug)]
pub(super) enum SearchResult {
    All(Vec<PathBuf>),
    NotAll,
    /// All that is wanted, but it cannot be run, for this reason.
    Broken(String),
}

impl SearchDir {
    pub(super) fn new(path: impl Into<PathBuf>, kind: Kind) -> Self {
        let path = path.into();
        Self { path, kind }
    }

    /// Looks for programs. A directory that has only some of them is ignored.
    pub(super) fn has(&self, programs: &[String]) -> SearchResult {
        let files: Vec<_> = programs.iter().map(|it| self.path.join(it)).collect();
        let mut broken = None;
        for file in &files {
            let why = match look(file) {
                Executable::Yes => self.distrust(file),
                Executable::Absent => return SearchResult::NotAll,
                // `PATH` often contains directories of other users.
                Executable::Hidden(_) if self.kind == Kind::Named => return SearchResult::NotAll,
                Executable::Hidden(why) | Executable::Broken(why) => Some(why),
            };
            broken = broken.or(why.map(|why| format!("`{}` {why}", file.display())));
        }
        broken.map_or(SearchResult::All(files), SearchResult::Broken)
    }

    /// Why root must not run a program that was found by searching: another user can change it.
    fn distrust(&self, file: &Path) -> Option<String> {
        let looks = self.kind != Kind::Named && geteuid().is_root();
        let real = looks.then(|| trusted(file, Missing::Refuse))?;
        real.err()
            .map(|why| format!("must not be run by root: {why}"))
    }
}

/// The directories of `PATH`, or the default ones if it is not set. Relative directories are left out, since they would differ between
/// processes.
pub(super) fn of_path(path: Option<&OsStr>) -> Vec<PathBuf> {
    let path = path
        .filter(|path| !path.is_empty())
        .unwrap_or(OsStr::new(PATH));
    let all = std::env::split_paths(path);
    all.filter(|directory| directory.is_absolute()).collect()
}

/// Where a software may be besides `PATH`, first what is its own, and how to say so. `home` is what the environment has as `HOME`.
pub(super) fn besides(
    software: &Software,
    named: Option<&OsStr>,
) -> ([Vec<SearchDir>; 2], Vec<String>) {
    let home = home(named.map(Path::new));
    let (own, usual): (Vec<_>, Vec<_>) = software
        .search_paths
        .iter()
        .partition(|pattern| pattern.starts_with(INSTALLED));
    let in_home = |pattern: &&String| match (pattern.strip_prefix("~/"), &home) {
        (Some(rest), Some(home)) => Some(format!("{}/{rest}", home.display())),
        (Some(_), None) => None,
        (None, _) => Some(pattern.to_string()),
    };
    let [own, usual] = [own, usual].map(|all| all.iter().filter_map(in_home).collect::<Vec<_>>());
    let searched = usual.iter().chain(&own);
    let searched = searched.map(|pattern| format!("in {pattern}")).collect();
    let places = |patterns: &[String], kind| -> Vec<SearchDir> {
        let paths = patterns.iter().flat_map(|pattern| expand(pattern));
        paths.map(|path| SearchDir::new(path, kind)).collect()
    };
    (
        [places(&own, Kind::Own), places(&usual, Kind::Usual)],
        searched,
    )
}

/// The directories that a path with one `*` stands for, the highest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![pattern.into()];
    };
    let (parent, start) = before.rsplit_once('/').unwrap_or(("", before));
    let (end, below) = after.split_at(after.find('/').unwrap_or(after.len()));
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| {
            name.strip_prefix(start)
                .is_some_and(|rest| rest.ends_with(end))
        })
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(numbers(name)));
    names
        .into_iter()
        .map(|name| PathBuf::from(format!("{parent}/{name}{below}")))
        .collect()
}
