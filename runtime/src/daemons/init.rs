//! What tests start from: files or code of the user.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::daemon::Prepare;

/// What `init` accepts: a path or a function.
///
/// A path is relative to the package's directory. What may be there depends on the daemon. Files are read when the first test needs them, and
/// again only after they have changed.
///
/// A function gets the URL of what it is to fill: `fn(&str) -> Result<(), E>`. It runs in the first test that needs it, on a separate thread,
/// while other tests wait. It may start a runtime for asynchronous code. With the feature `tokio` it may be asynchronous itself:
/// `async fn(String) -> Result<(), E>`. It runs once in a test run for each test binary, since another one may have another function of the
/// same name. If it fails or panics, all tests that need it fail with that reason. If its test is killed, the next test runs it again.
///
/// # Servers with a data directory
///
/// A first server is started for the function. Then it is stopped, and its data directory is kept until the test run ends. Each test gets
/// a dedicated server that starts from a copy of that directory. Servers are started ahead in the background, so a test seldom waits for a large
/// data set to be loaded.
///
/// A path names a directory as a stopped server of the same kind has left it, or what the daemon's `init` says. Existing servers
/// (`FIXTURED_REDIS_URL` and the like) are refused, since they cannot start from a copy.
///
/// # PostgreSQL, MySQL and MariaDB
///
/// The path is that of a `.sql` file or of a directory of migrations. In a directory, the layouts of these tools are recognised, and their files
/// run in the order in which the tool runs them:
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
/// Only regular files are read, at most 1 GiB in total. Load more data with a function.
///
/// All tests of a test run share a server, and so do all test binaries. Roles, tablespaces, other databases, MariaDB's accounts and settings of
/// the server belong to the whole server: if scripts or functions have made some, whatever else prepares databases gets a server
/// of its own, in which it finds none. Each test binary counts separately, since its function may be another one of the same name. Functions may
/// run at the same time; if what they have made for the whole server may be mixed up, or if one fails beside roles that other tests have asked
/// for, they run again, each in a server of its own. Roles that the option `roles` names are shared. An existing server
/// (`FIXTURED_POSTGRES_URL`), or one that `fixtured run` has started, stays the only one: there, make what belongs to it only if it does not
/// exist.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a path nor a function",
    label = "expected a path or a function",
    note = "write a path, or a function `fn(&str) -> Result<(), E>`; the documentation of `init` says what may be at the path"
)]
pub trait Init<Kind> {
    /// The path, or the function with its name.
    #[doc(hidden)]
    fn source(self) -> InitSource;
}

/// The argument of `init`.
#[doc(hidden)]
#[derive(Clone)]
pub enum InitSource {
    /// A path as it was written.
    Path(PathBuf),
    /// Test code, with its name.
    Function(String, Prepare),
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
                InitSource::Path(AsRef::<Path>::as_ref(&self).into())
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

/// Test code, identified by its type.
fn function<F>(prepare: Prepare) -> InitSource {
    // Another test binary may have other code under the same name.
    let program = std::env::current_exe().unwrap_or_default();
    let name = format!("{} of {}", std::any::type_name::<F>(), program.display());
    InitSource::Function(name, prepare)
}
