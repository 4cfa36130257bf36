//! What a directory of migrations contains, by name.

use std::fs;
use std::path::Path;

use super::problem::Problem;
use super::root::Root;

/// The names of what is in a directory and in the directories in it, as paths below it with `/` between their parts. Hidden files, backups of
/// editors and what is in hidden directories are not among them.
#[derive(Debug, Default)]
pub(super) struct Names {
    files: Vec<String>,
    directories: Vec<String>,
}

/// How deep directories are searched that a tool searches whole.
const DEEPEST: usize = 16;

impl Names {
    /// Reads a directory and those in it.
    pub(super) fn of(root: &Root) -> Result<Self, Problem> {
        Self::read(root, 1)
    }

    /// Reads everything below a directory.
    pub(super) fn all_of(root: &Root) -> Result<Self, Problem> {
        Self::read(root, DEEPEST)
    }

    fn read(root: &Root, depth: usize) -> Result<Self, Problem> {
        let mut names = Self::default();
        names.add(root, "", depth)?;
        names.files.sort();
        names.directories.sort();
        Ok(names)
    }

    fn add(&mut self, root: &Root, below: &str, depth: usize) -> Result<(), Problem> {
        let directory = Path::new(below);
        let failed = |error| root.unreadable(directory, &error);
        for entry in fs::read_dir(root.join(directory)).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_ignored(&name) {
                continue;
            }
            let kind = entry.file_type().map_err(failed)?;
            let leads_to_directory = kind.is_symlink() && entry.path().is_dir();
            let path = match below {
                "" => name,
                below => format!("{below}/{name}"),
            };
            if kind.is_dir() && depth > 0 {
                self.add(root, &path, depth - 1)?;
            }
            // What a link leads to may contain the directory itself, so only its own files are looked at.
            if leads_to_directory && below.is_empty() {
                self.add(root, &path, 0)?;
            }
            match kind.is_dir() || leads_to_directory {
                true => self.directories.push(path),
                false => self.files.push(path),
            }
        }
        Ok(())
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// All files that end in `.sql`.
    pub(super) fn sql(&self) -> impl Iterator<Item = &str> {
        self.files().filter(|name| name.ends_with(".sql"))
    }

    /// Those that are not in a directory of their own.
    pub(super) fn top_sql(&self) -> impl Iterator<Item = &str> {
        self.sql().filter(|name| !name.contains('/'))
    }

    /// The directories that are not in another one.
    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        let names = self.directories.iter().map(String::as_str);
        names.filter(|name| !name.contains('/'))
    }

    /// Whether there is this file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files().any(|found| found == name)
    }

    /// The directories that contain a file of this name.
    pub(super) fn with(&self, file: &str) -> impl Iterator<Item = &str> {
        self.files().filter_map(move |name| {
            let directory = name.strip_suffix(file)?.strip_suffix('/')?;
            (!directory.contains('/')).then_some(directory)
        })
    }
}

fn is_ignored(name: &str) -> bool {
    let backups = [".bak", ".orig", ".rej", ".swp", ".tmp"];
    name.starts_with('.')
        || name.starts_with('#')
        || name.ends_with('~')
        || backups.iter().any(|backup| name.ends_with(backup))
}

#[cfg(test)]
impl<const N: usize> From<[&str; N]> for Names {
    fn from(files: [&str; N]) -> Self {
        let above = |name: &&str| Some(name.rsplit_once('/')?.0.to_owned());
        let mut directories: Vec<_> = files.iter().filter_map(above).collect();
        directories.dedup();
        Self {
            files: files.map(str::to_owned).to_vec(),
            directories,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn hidden_files_and_backups_are_ignored() {
        let dir = std::env::temp_dir().join(format!("fixtured-names-{}", std::process::id()));
        let files = [
            "1.sql",
            ".2.sql",
            "1.sql~",
            "#1.sql#",
            "1.sql.bak",
            "a/up.sql",
            "a/b/c.sql",
            ".git/3.sql",
        ];
        for file in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir(dir.join("empty")).unwrap();
        symlink("nowhere", dir.join("dangling.sql")).unwrap();
        symlink("..", dir.join("a/above")).unwrap();
        symlink("a", dir.join("linked")).unwrap();
        let root = Root {
            path: dir.clone(),
            shown: dir.clone(),
        };
        let names = Names::of(&root).unwrap();
        let all = Names::all_of(&root).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        let files = ["1.sql", "a/up.sql", "dangling.sql", "linked/up.sql"];
        assert_eq!(names.files().collect::<Vec<_>>(), files);
        let directories = ["a", "empty", "linked"];
        assert_eq!(names.directories().collect::<Vec<_>>(), directories);
        assert_eq!(names.with("up.sql").collect::<Vec<_>>(), ["a", "linked"]);
        assert!(all.has("a/b/c.sql"));
    }
}
