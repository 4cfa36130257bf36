//! Which files of a directory are read, and what of them is run.

use std::fs;
use std::path::{Path, PathBuf};

use super::dialect::Dialect;
use super::problem::Problem;
use super::root::Root;
use super::script::Script;
use super::source::Source;

/// What is read at a path. It is made from the names of the files alone.
#[derive(Debug)]
pub(super) struct Plan {
    /// All files that are read, below the directory; an empty path if the user named a file.
    pub(super) files: Vec<PathBuf>,
}

impl Plan {
    /// What is to be read of a file or a directory.
    pub(super) fn of(root: &Root) -> Result<Self, Problem> {
        let files = match root.path.is_dir() {
            true => migrations(root)?,
            false => vec![PathBuf::new()],
        };
        Ok(Self { files })
    }

    /// What is to be run, once the files are read: they are in the order of `files`.
    pub(super) fn scripts(
        &self,
        sources: Vec<Source>,
        _dialect: Dialect,
    ) -> Result<Vec<Script>, Problem> {
        let script = |source: Source| Script::whole(source.shown, source.text);
        Ok(sources.into_iter().map(script).collect())
    }
}

/// The files of a directory that are to run, in their order. Those that cannot be read are among them, so that they are reported.
fn migrations(root: &Root) -> Result<Vec<PathBuf>, Problem> {
    let failed = |error| root.unreadable(Path::new(""), &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(&root.path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), PathBuf::from(entry.file_name()));
        let file = match path.is_dir() {
            true => name.join("up.sql"),
            false => name.clone(),
        };
        let name = name.to_string_lossy().into_owned();
        if fs::symlink_metadata(root.join(&file)).is_ok() && is_forward(&name, &file) {
            found.push((order(&name), name, file));
        }
    }
    if found.is_empty() {
        let shown = root.shown(Path::new(""));
        return Err(Problem::new(shown, "there are no migrations in it"));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, _, file)| file).collect())
}

fn is_forward(name: &str, file: &Path) -> bool {
    let is_sql = file.extension().is_some_and(|extension| extension == "sql");
    let undoes = name.strip_prefix('U').is_some_and(|rest| {
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        rest.starts_with("__")
    });
    is_sql && !name.ends_with(".down.sql") && name != "down.sql" && !undoes
}

/// The number that a name begins with; those without one come last.
fn order(name: &str) -> u128 {
    let name = name.strip_prefix('V').unwrap_or(name);
    let end = name.find(|letter: char| !letter.is_ascii_digit() && letter != '-');
    let digits = name
        .get(..end.unwrap_or(name.len()))
        .unwrap_or_default()
        .replace('-', "");
    digits.parse().unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[&str], wanted: &[&str]) {
        let number = files.len() * 31 + files.concat().len();
        let dir =
            std::env::temp_dir().join(format!("fixtured-layout-{number}-{}", std::process::id()));
        for file in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let root = Root {
            path: dir.clone(),
            shown: dir.clone(),
        };
        let found = Plan::of(&root).map(|plan| plan.files).unwrap_or_default();
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(found, wanted.iter().map(PathBuf::from).collect::<Vec<_>>());
    }

    #[test]
    fn layouts_are_recognised() {
        check(&["b.sql", "a.sql", "notes.txt"], &["a.sql", "b.sql"]);
        check(
            &["10_c.sql", "2_b.sql", "1_a.sql"],
            &["1_a.sql", "2_b.sql", "10_c.sql"],
        );
        check(
            &[
                "20240102000000_b.up.sql",
                "20240102000000_b.down.sql",
                "20240101000000_a.up.sql",
            ],
            &["20240101000000_a.up.sql", "20240102000000_b.up.sql"],
        );
        check(
            &["V10__c.sql", "V9__b.sql", "U9__b.sql"],
            &["V9__b.sql", "V10__c.sql"],
        );
        check(
            &[
                "2024-01-02-000000_b/up.sql",
                "2024-01-02-000000_b/down.sql",
                "00000000000000_diesel_initial_setup/up.sql",
            ],
            &[
                "00000000000000_diesel_initial_setup/up.sql",
                "2024-01-02-000000_b/up.sql",
            ],
        );
        check(&["readme.md"], &[]);
    }
}
