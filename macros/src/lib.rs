//! The attribute macros of `fixtured`. Use them through that crate: this one is made for one
//! version of it.
//!
//! `attribute` finds our attributes and `parse` reads them; `fixture` says what one starts, for
//! `#[with_daemon]` with `program` and `source`; `test` checks all of a test against its function;
//! `expand` writes the code. No file knows a daemon or an option of one: the user's tokens move
//! into calls, and rustc checks those.

mod apply;
mod attribute;
mod expand;
mod fallback;
mod fixture;
mod hygiene;
mod item;
mod known;
mod module;
mod order;
mod parameter;
mod parse;
mod placeholder;
mod program;
mod scope;
mod setting;
mod source;
mod test;
#[cfg(test)]
mod text;

use proc_macro::TokenStream;

use crate::{apply::apply, attribute::Kind};

/// Gives a test a daemon, such as a database: its own, or its own part of one that the test run
/// shares.
///
/// ```ignore
/// use fixtured::fixture;
///
/// #[fixture(postgres)]
/// #[test]
/// fn stores_a_user(url: &str) {
///     // `url` is the address of a fresh database.
/// }
/// ```
///
/// # What to write
///
/// `#[fixture(DAEMON as NAME, OPTION = VALUE, …, scope = "…")]`, of which only the daemon is
/// required.
///
/// - `DAEMON` is the name of a function in `fixtured::daemons`, or the path of a function of yours
///   that returns a `Daemon`: `#[fixture(crate::support::search_engine)]`, or `self::search_engine`
///   from the same module.
/// - `as NAME` names the fixture; without it, its name is the function's. The fixtures of a test
///   have distinct names.
/// - `OPTION = VALUE` calls the daemon's method `OPTION` with any expression, and `OPTION(KEY =
///   VALUE, "other-key" = VALUE)` calls it with a list of pairs. The documentation of the daemon's
///   type lists its methods.
/// - `scope = "session"` shares the server with the test run, and `scope = "test"` starts one for
///   this test. The default is the daemon's.
///
/// A test may have several fixtures. They start at the same time, except where a string in one has
/// a value of another: `{NAME.METHOD}` is what that method of the fixture `NAME` returns, as in
/// `"{postgres.url}"`. It must return a text, a path or a number.
///
/// # What the test receives
///
/// - A parameter with the name of a fixture is a `&Instance<…>`.
/// - A parameter `NAME_METHOD` is what that method of the instance returns: `postgres_url: &str`,
///   `redis_port: u16`.
/// - With a single fixture the name can be left out: `url`, `port`, `host`, `dir`, `log`, `pid`,
///   and what the daemon adds. A method that begins with the fixture's own name and `_` needs the
///   long form.
///
/// A reference is borrowed from the instance. Any other type is converted with `Into`, so that a
/// `&str` can be had as a `String`, and a `&Path` as a `PathBuf`.
///
/// The function is made a `#[test]` if no attribute below makes it one. It can be `async` below or
/// above `#[tokio::test]` and its like, can return a `Result`, and keeps its other attributes. A
/// daemon stops, or its part of a shared one goes, when the function is over. Under Miri the test
/// is ignored.
///
/// On a `mod NAME { … }`, the attribute applies to each test in it, in nested modules too.
///
/// # Beside other test attributes
///
/// Write `#[fixture]` and `#[with_daemon]` first, above everything else, and every combination
/// below works. Whether another order does depends on what the other attribute does with a function
/// that has parameters.
///
/// | attribute | below ours | above ours |
/// |---|---|---|
/// | `#[test]` | yes | no: rustc refuses the parameters, and a test without parameters would run twice |
/// | `#[tokio::test]` | yes | yes |
/// | `#[rstest]` | yes | only if no parameter is ours |
/// | `#[test_case]` | yes | no |
/// | `#[serial]` | yes; it waits before the daemon starts | only if no parameter is ours |
/// | `#[property_test]` | yes, but each case has a set-up of its own | only if no parameter is ours |
///
/// Beside an attribute that passes arguments itself (`#[rstest]`, `#[test_case]`,
/// `#[property_test]` …), ours are the parameters in the long form, and the others are left to it.
/// With `#[property_test]`, a test that uses `prop_assert!` has to return `Result<(),
/// TestCaseError>`. For many cases against one server, write the closure form, `proptest!(|(number
/// in 0..100)| { … })`, in the body of a plain test.
///
/// `rstest` has an attribute `fixture` too; in a module that uses both, write
/// `#[fixtured::fixture(…)]` or `#[rstest::fixture]`.
#[proc_macro_attribute]
pub fn fixture(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::Fixture, arguments.into(), item.into()).into()
}

/// Gives a test a program of yours as a daemon, such as the server under test.
///
/// ```ignore
/// use fixtured::with_daemon;
///
/// #[with_daemon("python3 -m http.server {port}", http = "http://127.0.0.1:{port}/")]
/// #[test]
/// fn serves(url: &str) {
///     // `url` is answered.
/// }
/// ```
///
/// With a database behind it, and a binary of the package under test:
///
/// ```ignore
/// use fixtured::{Instance, daemons::Postgres, fixture, with_daemon};
///
/// #[fixture(postgres)]
/// #[with_daemon(bin = "api", env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
///               http = "http://127.0.0.1:{port}/health")]
/// #[test]
/// fn creates_a_user(api_url: &str, postgres: &Instance<Postgres>) {}
/// ```
///
/// # What to write
///
/// First, what to start, with `as NAME` if it shall have a name of its own:
///
/// | | starts | its name |
/// |---|---|---|
/// | `"PROGRAM ARGUMENTS"`, `command = …` | a command, split into words as a shell would | the program's file name |
/// | `["PROGRAM", "ARGUMENT"]`, `command = […]` | a command whose words need no splitting | the same |
/// | `bin = "NAME"`, `args = […]` | a binary of this package; in tests and benchmarks outside `src` only | the binary's |
/// | nothing, but `http`, `tcp` or `unix_socket` | nothing: waits for a server that someone else runs | `server` |
///
/// What an identifier cannot have becomes `_`, so the parameter for `my-server` is `my_server`. A
/// command that is no literal is named `daemon`.
///
/// Then, at most one condition for it to be ready; without one, it is ready as soon as it runs:
///
/// | key | ready when |
/// |---|---|
/// | `http = "URL"` | a request is answered; `status`, `method`, `headers(…)`, `payload(…)` and `request_timeout` say which and how |
/// | `tcp = "HOST:PORT"`, `unix_socket = "PATH"` | a connection is accepted |
/// | `output = "REGEX"` | a line of its output matches |
/// | `pid_file = "PATH"` | the file exists |
///
/// And any other method of `fixtured::daemons::Program`: `timeout`, `env(KEY = VALUE)`, `cwd`,
/// `shell`, `stop_signal` …. The scope is `"test"` unless `scope` says otherwise.
///
/// Strings can have placeholders: `{port}` is a free port, `{port:admin}` another one, `{dir}` a
/// directory of the instance's own, and `{NAME.METHOD}` a value of another fixture of the test.
/// What begins like the last but names no fixture is an error.
///
/// Everything else, such as what a test receives, is as with [`macro@fixture`].
#[proc_macro_attribute]
pub fn with_daemon(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::WithDaemon, arguments.into(), item.into()).into()
}
