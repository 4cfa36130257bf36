//! The attribute macros of `fixtured`. Use them through that crate, which depends on exactly this
//! version.
//!
//! `attribute` finds the attributes and `parse` reads them. `fixture` describes what an attribute
//! starts, together with `program` and `source` for `#[with_daemon]`. `test` checks a whole test
//! against its function, and `expand` generates the code. No file knows a daemon or its options:
//! the user's tokens become method calls, which rustc checks.

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
mod wire;

use proc_macro::TokenStream;

use crate::{apply::apply, attribute::Kind};

/// Gives a test a daemon, such as a database: a dedicated one, or an isolated part of one that the
/// test run shares.
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
/// `#[fixture(DAEMON as NAME, OPTION = VALUE, …, scope = "…", wire = true)]`. Only the daemon is required.
///
/// - `DAEMON` is the name of a function in `fixtured::daemons`, or the path of your own function
///   that returns a `Daemon`: `#[fixture(crate::support::search_engine)]`, or `self::search_engine`
///   from the same module.
/// - `as NAME` names the fixture. Default: the name of the function. The fixtures of a test must
///   have distinct names.
/// - `OPTION = VALUE` calls the daemon's method `OPTION` with any expression. `OPTION(KEY = VALUE,
///   "other-key" = VALUE)` calls it with a list of pairs. The documentation of the daemon's type
///   lists its methods.
/// - `scope = "session"` shares the server with the test run. `scope = "test"` starts a dedicated
///   server for this test. The default depends on the daemon.
/// - `wire = true` puts a wire between the test and the daemon, which the test can cut, slow and
///   restore: `postgres.wire().cut()`. See `fixtured::Wire`.
///
/// A test may have several fixtures. They start in parallel, unless a string of one refers to
/// another: `{NAME.METHOD}` is the result of that method of the fixture `NAME`, as in
/// `"{postgres.url}"`. The method must return a string, a path or a number.
///
/// # What the test receives
///
/// - A parameter with the name of a fixture is a `&Instance<…>`.
/// - A parameter `NAME_METHOD` is the result of that method of the instance: `postgres_url: &str`,
///   `redis_port: u16`.
/// - With a single fixture you can omit the name: `url`, `port`, `host`, `dir`, `log`, `pid`, and
///   whatever the daemon adds. A method whose name begins with the fixture's name and `_` needs the
///   long form.
///
/// References borrow from the instance. Any other type is converted with `Into`, so a `&str` can
/// become a `String`, and a `&Path` a `PathBuf`.
///
/// The function becomes a `#[test]` unless an attribute below makes it one. It can be `async`,
/// below or above `#[tokio::test]` and similar attributes, can return a `Result`, and keeps its
/// other attributes. When the function returns, a dedicated daemon stops, and the test's part of a
/// shared daemon is removed. Under Miri the test is ignored.
///
/// On a `mod NAME { … }`, the attribute applies to each test inside, including nested modules.
///
/// # Beside other test attributes
///
/// Write `#[fixture]` and `#[with_daemon]` above all other attributes; every combination in the
/// table then works. Whether another order works depends on how the other attribute treats a
/// function with parameters.
///
/// | attribute | below fixtured's | above fixtured's |
/// |---|---|---|
/// | `#[test]` | yes | no: rustc refuses the parameters, and a test without parameters would run twice |
/// | `#[tokio::test]` | yes | yes |
/// | `#[rstest]` | yes | only if no parameter is fixtured's |
/// | `#[test_case]` | yes | no |
/// | `#[serial]` | yes; it waits before the daemon starts | only if no parameter is fixtured's |
/// | `#[property_test]` | yes, but the set-up runs for each case | only if no parameter is fixtured's |
///
/// If another attribute passes arguments itself (`#[rstest]`, `#[test_case]`, `#[property_test]`
/// …), fixtured fills in only parameters in the long form and leaves the others to that attribute.
/// With `#[property_test]`, a test that uses `prop_assert!` must return `Result<(),
/// TestCaseError>`. To run many cases against one server, use the closure form
/// `proptest!(|(number in 0..100)| { … })` in the body of a plain test.
///
/// `rstest` also has an attribute `fixture`. In a module that uses both, write
/// `#[fixtured::fixture(…)]` or `#[rstest::fixture]`.
#[proc_macro_attribute]
pub fn fixture(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::Fixture, arguments.into(), item.into()).into()
}

/// Gives a test your own program as a daemon, such as the server under test.
///
/// ```ignore
/// use fixtured::with_daemon;
///
/// #[with_daemon("python3 -m http.server {port}", http = "http://127.0.0.1:{port}/")]
/// #[test]
/// fn serves(url: &str) {
///     // The server answers at `url`.
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
/// First, what to start. Add `as NAME` to choose its name:
///
/// | | starts | its name |
/// |---|---|---|
/// | `"PROGRAM ARGUMENTS"`, `command = …` | a command, split into words as a shell does | the program's file name |
/// | `["PROGRAM", "ARGUMENT"]`, `command = […]` | a command, as a list of arguments | the same |
/// | `bin = "NAME"`, `args = […]` | a binary of this package; only in tests and benchmarks outside `src` | the binary's |
/// | only `http`, `tcp` or `unix_socket` | nothing: waits for a server that runs elsewhere | `server` |
///
/// Characters that an identifier cannot contain become `_`, so the parameter for `my-server` is
/// `my_server`. A command that is not a literal is named `daemon`.
///
/// Then, at most one readiness condition. Without one, the program is ready as soon as it runs:
///
/// | key | ready when |
/// |---|---|
/// | `http = "URL"` | a request is answered; adjust it with `status`, `method`, `headers(…)`, `payload(…)` and `request_timeout` |
/// | `tcp = "HOST:PORT"`, `unix_socket = "PATH"` | a connection is accepted |
/// | `output = "REGEX"` | a line of its output matches |
/// | `pid_file = "PATH"` | the file exists |
///
/// Finally, any other method of `fixtured::daemons::Program`: `timeout`, `env(KEY = VALUE)`, `cwd`,
/// `shell`, `stop_signal` …. The default scope is `"test"`. With `wire = true` there is a wire
/// between test and program; the address of the readiness condition stays the program's own.
///
/// Strings can contain placeholders: `{port}` is a free port, `{port:admin}` another one, `{dir}` a
/// private directory of the instance, and `{NAME.METHOD}` a value of another fixture of the test. A
/// placeholder of the last form that names no fixture is an error.
///
/// Everything else, such as what a test receives, works as in [`macro@fixture`].
#[proc_macro_attribute]
pub fn with_daemon(arguments: TokenStream, item: TokenStream) -> TokenStream {
    apply(Kind::WithDaemon, arguments.into(), item.into()).into()
}
