//! What tests find done in their databases: scripts of the user's, or code.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::located;
use crate::daemon::Prepare;
use crate::launch::Script;

/// What may be given to `init`: the path of a `.sql` file or of a directory of migrations, or a function.
///
/// A path is relative to the package's directory. In a directory, these are carried out, by the number that their name begins with and
/// then by name:
///
/// | layout | |
/// |---|---|
/// | sorted `.sql` files | `01_users.sql` |
/// | sqlx | `20240101000000_users.sql`, `20240101000000_users.up.sql` |
/// | refinery | `V1__users.sql` |
/// | diesel | `2024-01-01-000000_users/up.sql` |
///
/// Migrations back (`.down.sql`, `down.sql`, `U1__users.sql`) are left out. A tool's own list of applied migrations is not written: if the
/// program under test migrates at its start, give a function that calls the tool instead.
///
/// A function gets the URL of the database: `fn(&str) -> Result<(), E>`. It runs in the test that comes first, on a thread of its own, while
/// others wait; it may start a runtime there for asynchronous code. With the feature `tokio` it may be asynchronous itself:
/// `async fn(String) -> Result<(), E>`.
pub trait Init<Kind> {
    /// Reads it.
    #[doc(hidden)]
    fn read(self) -> Read;
}

/// What was read.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct Read {
    pub(super) scripts: Vec<Script>,
    pub(super) function: Option<(String, Prepare)>,
    pub(super) problem: Option<String>,
}

impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Read")
            .field("scripts", &self.scripts)
            .finish_non_exhaustive()
    }
}

/// Marks what is run asynchronously.
#[cfg(feature = "tokio")]
#[derive(Debug)]
pub struct AsyncFunction;

#[cfg(feature = "tokio")]
impl<F, R, E> Init<AsyncFunction> for F
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), E>>,
    E: Display,
{
    fn read(self) -> Read {
        let prepare = move |url: &str| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            let done = runtime.block_on(self(url.to_owned()));
            done.map_err(|error| error.to_string())
        };
        function::<F>(Arc::new(prepare))
    }
}

/// Marks what is read from files.
#[derive(Debug)]
pub struct Files;

/// Marks what is run.
#[derive(Debug)]
pub struct Function;

macro_rules! paths {
    ($($path:ty),*) => {$(
        impl Init<Files> for $path {
            fn read(self) -> Read {
                let path: &Path = self.as_ref();
                match scripts(path) {
                    Ok(scripts) => Read { scripts, ..Read::default() },
                    Err(problem) => Read { problem: Some(problem), ..Read::default() },
                }
            }
        }
    )*};
}

paths!(&str, String, &Path, PathBuf);

impl<F, E> Init<Function> for F
where
    F: Fn(&str) -> Result<(), E> + Send + Sync + 'static,
    E: Display,
{
    fn read(self) -> Read {
        function::<F>(Arc::new(move |url| {
            self(url).map_err(|error| error.to_string())
        }))
    }
}

/// Code of the test, which is known by its type.
fn function<F>(prepare: Prepare) -> Read {
    // Another test binary may have other code under the same name.
    let program = std::env::current_exe().unwrap_or_default();
    let name = format!("{} of {}", std::any::type_name::<F>(), program.display());
    Read {
        function: Some((name, prepare)),
        ..Read::default()
    }
}

/// Reads a script, or all scripts of a directory in their order.
fn scripts(path: &Path) -> Result<Vec<Script>, String> {
    let whole = located(path);
    let shown = |file: &Path| match file.strip_prefix(&whole) {
        Ok(inside) if inside.as_os_str().is_empty() => path.display().to_string(),
        Ok(inside) => path.join(inside).display().to_string(),
        Err(_) => file.display().to_string(),
    };
    let read = |file: &PathBuf| match fs::read_to_string(file) {
        Ok(text) => Ok(Script {
            name: shown(file),
            text,
        }),
        Err(error) => Err(format!("`init`: cannot read `{}`: {error}", file.display())),
    };
    if !whole.is_dir() {
        return Ok(vec![read(&whole)?]);
    }
    let unreadable = |error| format!("`init`: cannot read `{}`: {error}", whole.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(&whole).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?.path();
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let file = match entry.is_dir() {
            true => entry.join("up.sql"),
            false => entry,
        };
        if file.is_file() && is_forward(&name, &file) {
            found.push((order(&name), name, file));
        }
    }
    if found.is_empty() {
        return Err(format!(
            "`init`: there is no migration in `{}`",
            whole.display()
        ));
    }
    found.sort();
    found.iter().map(|(_, _, file)| read(file)).collect()
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
            std::env::temp_dir().join(format!("fixtured-init-{number}-{}", std::process::id()));
        for file in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("-- {file}")).unwrap();
        }
        let found = scripts(&dir).map(|scripts| {
            scripts
                .into_iter()
                .map(|script| script.text.strip_prefix("-- ").unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(found.unwrap_or_default(), wanted);
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

    #[test]
    fn what_cannot_be_read_is_said() {
        let problem = Init::<Files>::read("nowhere.sql").problem.unwrap();
        assert!(problem.starts_with("`init`: cannot read `"), "{problem}");
    }

    #[test]
    fn a_function_is_named_and_called() {
        fn fails(url: &str) -> Result<(), String> {
            Err(format!("no {url}"))
        }
        let (name, prepare) = Init::<Function>::read(fails).function.unwrap();
        assert!(
            name.contains("tests::a_function_is_named_and_called::fails of /"),
            "{name}"
        );
        assert_eq!(prepare("x"), Err("no x".into()));
    }
}
