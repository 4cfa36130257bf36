//! A running daemon, as a test sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::error::Result;
use crate::hold::Hold;
use crate::node::Node;
use crate::state::State;

mod facts;
mod given;

pub(crate) use facts::{Facts, Stream};
pub(crate) use given::Given;

/// A running daemon of kind `D`.
///
/// It is given back when this is dropped: what the test had of its own inside a shared daemon is removed, and a daemon of its own
/// is stopped; the drop waits until that is done. The same happens, without the waiting, however the process ends: with a panic
/// elsewhere, `process::exit`, or SIGKILL.
///
/// In asynchronous code, the drop of a daemon of one's own blocks the thread, and with it whatever else the runtime does on it. If the daemon
/// waits for connections that such tasks hold, it waits until its grace period is over. A fixture of an asynchronous test is given
/// back without this; one that you hold yourself, drop on a thread that may block: `tokio::task::spawn_blocking(|| drop(instance))`.
pub struct Instance<D> {
    given: Arc<Given>,
    _kind: PhantomData<fn() -> D>,
}

impl<D> Instance<D> {
    pub(crate) fn new(facts: Facts, hold: impl Hold + 'static) -> Self {
        Self {
            given: Arc::new(Given::new(facts, Arc::new(Mutex::new(hold)))),
            _kind: PhantomData,
        }
    }

    pub(crate) fn given(&self) -> &Arc<Given> {
        &self.given
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.given.facts
    }

    pub(crate) fn hold(&self) -> MutexGuard<'_, dyn Hold + 'static> {
        self.given.hold()
    }

    /// Starts a daemon of one's own again, in its place.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        let facts = self.hold().start(None)?;
        self.given = Arc::new(Given::new(facts, Arc::clone(&self.given.hold)));
        Ok(())
    }

    /// The URL for clients.
    ///
    /// # Panics
    ///
    /// If the daemon has none: a program of the user's that listens nowhere.
    pub fn url(&self) -> &str {
        self.must(
            "URL",
            Some(self.given.facts.url.as_str()).filter(|url| !url.is_empty()),
        )
    }

    /// The host name or address for clients; `127.0.0.1` unless the daemon says otherwise.
    pub fn host(&self) -> &str {
        &self.given.facts.host
    }

    /// The TCP port.
    ///
    /// # Panics
    ///
    /// If the daemon has none: a program of the user's without `{port}` and with no readiness that names one.
    pub fn port(&self) -> u16 {
        self.must("port", self.given.facts.ports.get("").copied())
    }

    /// The port with this name: `{port:admin}` is `port_named("admin")`.
    ///
    /// # Panics
    ///
    /// If the daemon has no port of that name.
    pub fn port_named(&self, name: &str) -> u16 {
        self.must(
            &format!("port named `{name}`"),
            self.given.facts.ports.get(name).copied(),
        )
    }

    /// All its TCP ports, by name; the unnamed one is `""`.
    pub fn ports(&self) -> &BTreeMap<String, u16> {
        &self.given.facts.ports
    }

    /// The instance's own directory. It is removed when the daemon has stopped.
    pub fn dir(&self) -> &Path {
        &self.given.facts.dir
    }

    /// The file that holds what the daemon's main process prints; [`Node::log`] is that of another process. It is removed with the instance,
    /// for a shared daemon with the session.
    pub fn log(&self) -> &Path {
        &self.given.facts.log
    }

    /// The process ID of the daemon's main process.
    pub fn pid(&self) -> u32 {
        self.given.facts.pid
    }

    /// What else the daemon tells its users, by name: the values of its [`Launch`](crate::launch::Launch).
    ///
    /// # Panics
    ///
    /// If there is no value of that name.
    pub fn value(&self, name: &str) -> &str {
        self.must(
            &format!("value `{name}`"),
            self.given.facts.values.get(name).map(String::as_str),
        )
    }

    /// The environment variables by which the daemon's client programs find it, such as `PGHOST`; none if it has no such programs.
    ///
    /// ```no_run
    /// # use fixtured::{Acquire, daemons};
    /// let postgres = daemons::postgres().acquire()?;
    /// std::process::Command::new("psql").envs(postgres.variables());
    /// # Ok::<(), fixtured::Error>(())
    /// ```
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.given.facts.variables
    }

    /// The variables that the command line exports with a prefix, beside [`variables`](Self::variables).
    pub fn cli_variables(&self) -> &BTreeMap<String, String> {
        &self.given.facts.cli_variables
    }

    /// All that the daemon tells its users beyond the URL, by name.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.given.facts.values
    }

    /// The node of a cluster with this number; the first is 1.
    pub fn node(&self, number: usize) -> Node<'_> {
        self.process(&format!("node{number}"))
    }

    /// One of the daemon's processes, by its name: those of the processes of its [`Launch`](crate::launch::Launch).
    pub fn process(&self, name: &str) -> Node<'_> {
        let Facts {
            name: daemon, logs, ..
        } = &self.given.facts;
        let log = logs.get(name).map(|log| log.path.as_path());
        Node::new(&*self.given.hold, daemon, name, log)
    }

    #[expect(
        clippy::panic,
        reason = "asked for by the test's author, and documented with each method"
    )]
    fn must<T>(&self, what: &str, found: Option<T>) -> T {
        found.unwrap_or_else(|| panic!("`{}` has no {what}", self.given.facts.name))
    }

    /// Whether the daemon's main process runs, and if it does not, how it ended.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn state(&self) -> Result<State> {
        self.given.hold().state_of(None)
    }

    /// What the start has to say besides, for whoever shows it in a way of his own.
    #[doc(hidden)]
    pub fn notes(&self) -> &[String] {
        &self.given.facts.notes
    }

    /// How the daemon died, if it has ended without being asked to.
    pub fn died(&self) -> Option<String> {
        self.given.hold().died()
    }
}

impl<D> Drop for Instance<D> {
    fn drop(&mut self) {
        // A part of a shared daemon is taken away when the connection closes, which nobody has to wait for.
        if self.given.is_own() {
            self.given.give_back();
        }
    }
}

impl<D> fmt::Debug for Instance<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { name, url, pid, .. } = &self.given.facts;
        f.debug_struct("Instance")
            .field("name", name)
            .field("url", url)
            .field("pid", pid)
            .finish_non_exhaustive()
    }
}
