//! Looking for one software.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::executable::{Executable, look};
use super::programs::Programs;
use super::search_dir::{Kind, SearchDir, SearchResult, besides};
use super::version::{Ask, has_version};
use crate::error::Cause;
use crate::launch::Software;
use crate::process::Environment;

impl Programs<'_> {
    /// Where all its programs are.
    pub(super) fn locate(
        &self,
        software: &Software,
        environment: &Environment,
        ask: Ask<'_>,
    ) -> Result<Vec<PathBuf>, Cause> {
        let variable = |name: &str| environment.get(OsStr::new(name)).map(OsString::as_os_str);
        // As with most variables, empty means unset.
        if let Some(chosen) = variable(&software.variable).filter(|chosen| !chosen.is_empty()) {
            return self.chosen(software, Path::new(chosen), ask);
        }
        let ([own, usual], searched) = besides(software, variable("HOME"));
        let path = self
            .path
            .iter()
            .map(|path| SearchDir::new(path, Kind::Named));
        // What has been installed for this daemon alone comes before what happens to be on `PATH`.
        let places: Vec<_> = own.into_iter().chain(path).chain(usual).collect();
        let (mut broken, mut others, mut said_by) = (None, Vec::new(), BTreeSet::new());
        for place in &places {
            match place.has(&software.programs) {
                SearchResult::All(found) => match other_version(software, &found, ask) {
                    None => return Ok(found),
                    // By another of its names, it is found as what it is.
                    Some(said) if is_other(software, &said) => {}
                    // Several ways may lead to the same program.
                    Some(said) if said_by.insert(said.clone()) => {
                        others.push(what_is_there(&place.path, &said));
                    }
                    Some(_) => {}
                },
                SearchResult::NotAll => {}
                // Another one in its place would be a surprise.
                SearchResult::Broken(problem) if place.kind == Kind::Own => {
                    return Err(self.unusable(problem, Some(again(software))));
                }
                SearchResult::Broken(problem) => {
                    broken.get_or_insert(problem);
                }
            }
        }
        if let Some(problem) = broken.filter(|_| others.is_empty()) {
            return Err(self.unusable(problem, None));
        }
        let missing = software
            .programs
            .iter()
            .find(|program| {
                let mut files = places.iter().map(|place| place.path.join(program));
                !files.any(|file| look(&file) == Executable::Yes)
            })
            .or(software.programs.first());
        let searched = std::iter::once("on PATH".into()).chain(searched).collect();
        Err(self.missing(software, missing, searched, others, false))
    }
}

/// What the first of the programs says about its version, if that is not the one that is wanted, or it is another software.
pub(super) fn other_version(
    software: &Software,
    found: &[PathBuf],
    ask: Ask<'_>,
) -> Option<String> {
    let (wanted, program) = (software.version.as_ref(), found.first()?);
    if wanted.is_none() && software.other_than.is_none() {
        return None;
    }
    let said = ask(program, software);
    let suits = wanted.is_none_or(|wanted| has_version(&said, wanted));
    (!suits || is_other(software, &said)).then(|| said.trim().into())
}

/// What a place has that is not wanted, whose program says this about its version.
pub(super) fn what_is_there(place: &Path, said: &str) -> String {
    let place = place.display();
    match said {
        "" => format!("{place} has one that does not say its version"),
        said => format!("{place} has {said}"),
    }
}

/// Returns whether it is another software that says this.
fn is_other(software: &Software, said: &str) -> bool {
    let other = software.other_than.as_ref();
    other.is_some_and(|other| said.contains(other.as_str()))
}

/// What to do about an installation for one daemon alone that does not work.
fn again(software: &Software) -> String {
    format!(
        "remove or repair that installation, or set {} to another",
        software.variable
    )
}
