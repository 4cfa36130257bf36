//! One software where the user says.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::executable::{Executable, look};
use super::locate::{other_version, what_is_there};
use super::programs::Programs;
use super::search_dir::{Kind, SearchDir, SearchResult};
use super::version::Ask;
use crate::error::Cause;
use crate::launch::Software;

impl Programs<'_> {
    /// The programs where the variable of the software says. What it says is never passed over.
    pub(super) fn chosen(
        &self,
        software: &Software,
        chosen: &Path,
        ask: Ask<'_>,
    ) -> Result<Vec<PathBuf>, Cause> {
        let Software {
            programs, variable, ..
        } = software;
        let wrong = |what: &str| {
            let names: Vec<_> = programs.iter().map(|it| format!("`{it}`")).collect();
            let names = names.join(" and ");
            let directory = match programs.len() {
                1 => format!("{names} or the directory that has it"),
                _ => format!("the directory that has {names}"),
            };
            let problem = format!("{variable} is `{}`, {what}", chosen.display());
            Err(self.unusable(problem, Some(format!("unset it, or set it to {directory}"))))
        };
        if !chosen.is_absolute() {
            return wrong("which is not an absolute path");
        }
        let in_directory = |directory: &Path| SearchDir::new(directory, Kind::Named).has(programs);
        let is_program = |name: &OsStr| programs.iter().any(|program| name == &**program);
        let has = match (look(chosen), programs.len()) {
            _ if chosen.is_dir() => in_directory(chosen),
            (Executable::Absent, _) => SearchResult::NotAll,
            (Executable::Hidden(why) | Executable::Broken(why), _) => {
                return wrong(&format!("which {why}"));
            }
            (Executable::Yes, 1) => SearchResult::All(vec![chosen.into()]),
            // It is clear which are meant if it is one of them.
            (Executable::Yes, _) if chosen.file_name().is_some_and(is_program) => {
                in_directory(chosen.parent().unwrap_or(chosen))
            }
            (Executable::Yes, _) => return wrong("which is not a directory"),
        };
        let others = match has {
            SearchResult::Broken(problem) => return wrong(&format!("where {problem}")),
            SearchResult::NotAll => Vec::new(),
            SearchResult::All(found) => match other_version(software, &found, ask) {
                None => return Ok(found),
                Some(said) => vec![what_is_there(chosen, &said)],
            },
        };
        let missing = programs
            .iter()
            .find(|program| look(&chosen.join(program)) == Executable::Absent);
        let searched = vec![format!("in {} ({variable})", chosen.display())];
        Err(self.missing(
            software,
            missing.or(programs.first()),
            searched,
            others,
            true,
        ))
    }
}
