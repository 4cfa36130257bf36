//! What prepares the tests' databases: scripts or code of the user.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::located;
use super::slot::Slot;
use crate::daemon::Prepare;
use crate::launch;
use crate::migrations::find;

/// What `init` accepts: the path of a `.sql` file or of a directory of migrations, or a function.
///
/// A path is relative to the package's directory. In a directory, the layouts of these tools are recognised, and their files run in the
/// order in which the tool runs them:
///
/// | tool | files |
/// |---|---|
/// | none | `.sql` files, by the number at the start of their names and then by name |
/// | sqlx | `1_users.sql`, `1_users.up.sql` |
/// | refinery | `V1__users.sql`, `U2__notes.sql` |
/// | diesel | `2024-01-01-000000_users/up.sql` |
/// | dbmate, goose, sql-migrate | files with comments for both directions |
/// | golang-migrate | `000001_users.up.sql` |
/// | Flyway | `V1.2__users.sql`, `R__views.sql`, `B5__all.sql` |
/// | Atlas, Prisma, Drizzle | what they generate |
///
/// Down migrations do not run. The table in which the tool records what it has applied is filled too, except Atlas's, so a program that
/// runs its migrations when it starts finds nothing left to do. Hidden files and files that are no scripts are ignored. Migrations that are
/// code, files of several tools and files whose place is unknown are refused. `docs/migrations.md` has the rules.
///
/// The files are read when the first database is prepared from them, and again only after they have changed. Only regular files are read,
/// at most 1 GiB in total. Load more data with a function.
///
/// A function gets the URL of the database: `fn(&str) -> Result<(), E>`. It runs in the first test that needs it, on a separate thread, while
/// other tests wait. It may start a runtime for asynchronous code. With the feature `tokio` it may be asynchronous itself:
/// `async fn(String) -> Result<(), E>`.
///
/// All tests of a test run share a server, and so do all test binaries. Roles, tablespaces, other databases, MariaDB's accounts and settings of
/// the server belong to the whole server: if scripts or functions have made some, whatever else prepares databases gets a server
/// of its own, in which it finds none. Each test binary counts separately, since its function may be another one of the same name. Functions may
/// run at the same time; if what they have made for the whole server may be mixed up, or if one fails beside roles that other tests have asked
/// for, they run again, each in a server of its own. Roles that the option `roles` names are shared. An existing server
/// (`FIXTURED_POSTGRES_URL`), or one that `fixtured run` has started, stays the only one: there, make what belongs to it only if it does not
/// exist.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not prepare a database",
    label = "expected a path or a function",
    note = "write the path of a `.sql` file or of a directory of migrations, or a function `fn(&str) -> Result<(), E>`"
)]
pub trait Init<Kind> {
    /// Reads the files or wraps the function.
    #[doc(hidden)]
    fn source(self) -> InitSource;
}

/// The argument of `init`, once read.
#[doc(hidden)]
#[derive(Clone, Default)]
pub enum InitSource {
    /// Nothing.
    #[default]
    None,
    /// Files, by path.
    Files(launch::Files),
    /// Test code, with its name.
    Function(String, Prepare),
    /// Files that cannot be read, with the reason.
    Invalid(String),
}

impl InitSource {
    /// The part of it that belongs in a launch.
    pub(super) fn launched(&self) -> launch::Init {
        let mut init = launch::Init::default();
        match self {
            Self::Files(files) => init.files = Some(files.clone()),
            Self::Function(name, _) => init.function = Some(name.clone()),
            Self::None | Self::Invalid(_) => {}
        }
        init
    }

    /// The test code, if there is any.
    pub(super) fn prepare(&self) -> Option<Prepare> {
        match self {
            Self::Function(_, prepare) => Some(Arc::clone(prepare)),
            _ => None,
        }
    }

    /// Why it could not be read.
    pub(super) fn problem(&self) -> Option<String> {
        match self {
            Self::Invalid(reason) => Some(format!("`init`: {reason}")),
            _ => None,
        }
    }
}

impl std::fmt::Debug for InitSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.launched().fmt(f)
    }
}

/// On the command line it is a path.
impl Slot for InitSource {
    type Value = Self;
    const SHOWN: Option<&'static str> = Some("PATH");

    fn put(&mut self, value: impl Into<Self>) {
        *self = value.into();
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = Self::Files(files(Path::new(text))?);
        Ok(())
    }
}

/// Marks asynchronous functions.
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
    fn source(self) -> InitSource {
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

/// Marks paths.
#[derive(Debug)]
pub struct Files;

/// Marks functions.
#[derive(Debug)]
pub struct Function;

macro_rules! paths {
    ($($path:ty),*) => {$(
        impl Init<Files> for $path {
            fn source(self) -> InitSource {
                match files(self.as_ref()) {
                    Ok(files) => InitSource::Files(files),
                    Err(reason) => InitSource::Invalid(reason),
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
    fn source(self) -> InitSource {
        function::<F>(Arc::new(move |url| {
            self(url).map_err(|error| error.to_string())
        }))
    }
}

/// The files at a path, or why they cannot be read.
fn files(path: &Path) -> Result<launch::Files, String> {
    find(&located(path), path)
}

/// Test code, identified by its type.
fn function<F>(prepare: Prepare) -> InitSource {
    // Another test binary may have other code under the same name.
    let program = std::env::current_exe().unwrap_or_default();
    let name = format!("{} of {}", std::any::type_name::<F>(), program.display());
    InitSource::Function(name, prepare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_file_is_a_problem() {
        let problem = Init::<Files>::source("nowhere.sql").problem().unwrap();
        assert!(problem.starts_with("`init`: cannot read `"), "{problem}");
    }

    #[test]
    fn a_function_is_named_and_called() {
        fn fails(url: &str) -> Result<(), String> {
            Err(format!("no {url}"))
        }
        let source = Init::<Function>::source(fails);
        let (name, prepare) = (
            source.launched().function.unwrap(),
            source.prepare().unwrap(),
        );
        assert!(
            name.contains("tests::a_function_is_named_and_called::fails of /"),
            "{name}"
        );
        assert_eq!(prepare("x"), Err("no x".into()));
    }
}
