//! What tests find done in their databases: scripts of the user's, or code.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::scripts;
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
/// Only regular files are read, of 32 MiB together at most; what is larger, load in a function.
///
/// Migrations back (`.down.sql`, `down.sql`, `U1__users.sql`) are left out. A tool's own list of applied migrations is not written: if the
/// program under test migrates at its start, give a function that calls the tool instead.
///
/// A function gets the URL of the database: `fn(&str) -> Result<(), E>`. It runs in the test that comes first, on a thread of its own, while
/// others wait; it may start a runtime there for asynchronous code. With the feature `tokio` it may be asynchronous itself:
/// `async fn(String) -> Result<(), E>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not prepare a database",
    label = "expected a path or a function",
    note = "write the path of a `.sql` file or of a directory of migrations, or a function `fn(&str) -> Result<(), E>`"
)]
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
                match scripts::read(path) {
                    Ok(scripts) => Read { scripts, ..Read::default() },
                    Err(problem) => Read { problem: Some(problem), ..Read::default() },
                }
            }
        }
    )*};
}

paths!(&str, String, &String, &Path, PathBuf, &PathBuf);

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

#[cfg(test)]
mod tests {
    use super::*;

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
