//! What generated code calls: set up, body, tear down.

use std::io::Write;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::acquire::Acquisition;
use crate::asynchronous::{caught, give_back};
use crate::daemon::Daemon;
use crate::error::{Error, ErrorKind};
use crate::hold::Terms;
use crate::instance::{Given, Instance};
use crate::launch::Scope;
use crate::lock::lock;
use crate::supervisor::{KEEP, keeps_failed};

/// The variable that selects what happens to a test whose daemon is not installed.
const MISSING: &str = "FIXTURED_MISSING";

/// One run of one test.
pub struct Test {
    name: &'static str,
    failed: Arc<AtomicBool>,
    /// The instances that it uses, in this order.
    given: Mutex<Vec<Weak<Given>>>,
}

/// A fixture that is being set up.
pub struct Pending<D> {
    requested: Result<Acquisition, Error>,
    kind: PhantomData<fn() -> D>,
}

/// An instance that prints what its daemon logged if the test fails.
pub struct Fixture<D> {
    instance: Instance<D>,
    failed: Arc<AtomicBool>,
}

impl Test {
    /// Creates the run of the test with this name.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            failed: Arc::default(),
            given: Mutex::default(),
        }
    }

    /// Requests an instance without waiting for it, so that several start in parallel.
    pub fn begin<D: Daemon>(&self, daemon: D, scope: Option<Scope>) -> Pending<D> {
        self.begin_on(daemon, scope, false)
    }

    /// Requests an instance with a wire between it and the test.
    pub fn begin_wired<D: Daemon>(&self, daemon: D, scope: Option<Scope>) -> Pending<D> {
        self.begin_on(daemon, scope, true)
    }

    fn begin_on<D: Daemon>(&self, daemon: D, scope: Option<Scope>, wired: bool) -> Pending<D> {
        let scope = scope.unwrap_or(Scope::Session);
        Pending {
            requested: Acquisition::new(&daemon, Terms { scope, wired }, self.name),
            kind: PhantomData,
        }
    }

    /// Waits until it is ready. Returns `None` if the test should be skipped.
    ///
    /// # Panics
    ///
    /// If it cannot be started, with the error message.
    #[track_caller]
    #[expect(clippy::panic, reason = "a set-up that failed ends the test")]
    pub fn ready<D: Daemon>(&self, pending: Pending<D>) -> Option<Fixture<D>> {
        match pending.requested.and_then(Acquisition::ready) {
            Ok(instance) => {
                self.given().push(Arc::downgrade(instance.given()));
                Some(Fixture {
                    instance,
                    failed: Arc::clone(&self.failed),
                })
            }
            Err(error) if error.kind() == ErrorKind::NotInstalled && may_skip() => {
                // Straight to standard error, which the harness does not hide if the test passes.
                let _ = writeln!(std::io::stderr(), "SKIPPED {}: {error}", self.name);
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Notes whether the test failed, and returns its outcome.
    pub fn finish<O: Outcome>(&self, outcome: O) -> O {
        self.failed.store(outcome.failed(), Ordering::Relaxed);
        outcome
    }

    /// Runs the body of an asynchronous test and releases its fixtures. Neither blocks the runtime's other tasks, since a server may wait for
    /// connections that those tasks close.
    pub async fn end<F: Future<Output: Outcome>>(&self, body: F) -> F::Output {
        let ended = caught(body).await;
        let given: Vec<_> = self
            .given()
            .iter()
            .filter_map(Weak::upgrade)
            .rev()
            .collect();
        if ended.as_ref().map_or(true, Outcome::failed) {
            given.iter().for_each(|given| tell(given));
        }
        give_back(given).await;
        ended.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn given(&self) -> MutexGuard<'_, Vec<Weak<Given>>> {
        lock(&self.given)
    }
}

/// Prints the report about a daemon after a failed test, and keeps the daemon if the user wants it. A second call does nothing.
fn tell(given: &Given) {
    if given.is_told() {
        return;
    }
    // This macro writes where the harness shows it: below the panic of this very test.
    let keeps = keeps();
    eprint!("{}", given.report(keeps));
    if keeps {
        eprint!("{}", given.keep());
    }
}

/// Returns whether a failed test keeps its daemons. Prints a message if the variable has an invalid value.
fn keeps() -> bool {
    let value = std::env::var_os(KEEP);
    if let Some(wrong) = value.filter(|value| value != "failed") {
        eprintln!("{KEEP} is `{}`: write `failed`", wrong.display());
    }
    keeps_failed()
}

fn may_skip() -> bool {
    std::env::var_os(MISSING).is_some_and(|value| value == "skip")
}

impl<D> std::ops::Deref for Fixture<D> {
    type Target = Instance<D>;

    fn deref(&self) -> &Instance<D> {
        &self.instance
    }
}

impl<D> Drop for Fixture<D> {
    fn drop(&mut self) {
        if std::thread::panicking() || self.failed.load(Ordering::Relaxed) {
            tell(self.instance.given());
        }
    }
}

/// What a test function may return.
#[diagnostic::on_unimplemented(
    message = "a test with fixtures cannot return `{Self}`",
    note = "it can return `()`, `Result<(), E>` or `ExitCode`"
)]
pub trait Outcome {
    /// The outcome of a test that was skipped.
    fn skipped() -> Self;

    /// Returns whether the test failed.
    fn failed(&self) -> bool;
}

impl Outcome for () {
    fn skipped() -> Self {}

    fn failed(&self) -> bool {
        false
    }
}

impl Outcome for ExitCode {
    fn skipped() -> Self {
        Self::SUCCESS
    }

    fn failed(&self) -> bool {
        *self != Self::SUCCESS
    }
}

impl<T: Outcome, E> Outcome for Result<T, E> {
    fn skipped() -> Self {
        Ok(T::skipped())
    }

    fn failed(&self) -> bool {
        self.as_ref().map_or(true, Outcome::failed)
    }
}

/// A value for a placeholder such as `{postgres.url}`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used in a string",
    note = "a placeholder names a method that returns a string, a path or a number"
)]
pub trait Text {
    /// Its text.
    fn text(self) -> String;
}

impl Text for &str {
    fn text(self) -> String {
        self.into()
    }
}

impl Text for &Path {
    fn text(self) -> String {
        self.display().to_string()
    }
}

impl Text for u16 {
    fn text(self) -> String {
        self.to_string()
    }
}

impl Text for u32 {
    fn text(self) -> String {
        self.to_string()
    }
}
