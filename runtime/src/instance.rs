//! A test's handle to a running daemon.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::error::Result;
use crate::hold::Hold;
use crate::node::Node;
use crate::state::State;

mod facts;
mod given;
mod outage;

pub(crate) use facts::{Direct, Facts, Stream};
pub(crate) use given::Given;
pub(crate) use outage::Paused;

/// A running daemon of kind `D`.
///
/// # Drop
///
/// Dropping it releases the daemon. The test's part of a shared daemon, such as its database, is removed in the background. A dedicated
/// daemon is stopped, and the drop blocks until it is gone. The same happens if the process ends in another way: by a panic elsewhere,
/// `process::exit` or SIGKILL.
///
/// In asynchronous code, dropping a dedicated daemon blocks the thread, and with it the runtime's other tasks on that thread. If the daemon
/// waits for connections that those tasks hold, the drop takes the whole grace period. The fixtures of an asynchronous test are released on
/// another thread. Drop an instance that you hold yourself on a thread that may block:
/// `tokio::task::spawn_blocking(|| drop(instance))`.
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

    /// Restarts a dedicated daemon in its directory, with the same ports.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        let facts = self.hold().start(None)?;
        self.given = Arc::new(Given::new(facts, Arc::clone(&self.given.hold)));
        Ok(())
    }

    /// The URL for clients.
    ///
    /// Its scheme is the one that most clients of the daemon take. For clients that take another one, a method is named after it, such as
    /// `http_url`, `amqp_url`, `redis_url` and `memcache_url`.
    ///
    /// # Panics
    ///
    /// If the daemon has none, such as a program that does not listen.
    pub fn url(&self) -> &str {
        self.must(
            "URL",
            Some(self.given.facts.url.as_str()).filter(|url| !url.is_empty()),
        )
    }

    /// The host name or address for clients; `127.0.0.1` unless the daemon sets another.
    pub fn host(&self) -> &str {
        &self.given.facts.host
    }

    /// The TCP port.
    ///
    /// # Panics
    ///
    /// If the daemon has none, such as a program without `{port}` whose readiness has no port either.
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

    /// Host and port, for clients that take neither a URL nor the two separately: `127.0.0.1:11211`.
    ///
    /// # Panics
    ///
    /// If the daemon has no port.
    pub fn address(&self) -> &str {
        self.must("address", self.given.address.as_deref())
    }

    /// All TCP ports, by name; the unnamed one is `""`.
    pub fn ports(&self) -> &BTreeMap<String, u16> {
        &self.given.facts.ports
    }

    /// The instance's own directory. It is removed when the daemon has stopped.
    pub fn dir(&self) -> &Path {
        &self.given.facts.dir
    }

    /// The log file of the daemon's main process; [`Node::log`] is that of another process. It is removed with the instance, or with the
    /// session if the daemon is shared.
    pub fn log(&self) -> &Path {
        &self.given.facts.log
    }

    /// The process ID of the daemon's main process, the new one after a restart.
    pub fn pid(&self) -> u32 {
        self.given.pid.load(Ordering::Relaxed)
    }

    /// A named value that the daemon publishes: one of the values of its [`Launch`](crate::launch::Launch).
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

    /// The environment variables with which client programs find the daemon, such as `PGHOST`; empty if its clients read none.
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

    /// The variables that the command line exports with a prefix, in addition to [`variables`](Self::variables).
    #[doc(hidden)]
    pub fn cli_variables(&self) -> &BTreeMap<String, String> {
        &self.given.facts.cli_variables
    }

    /// All values that the daemon publishes besides the URL, by name.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.given.facts.values
    }

    /// A node of a cluster, by its number; the first is 1.
    pub fn node(&self, number: usize) -> Node<'_> {
        self.process(&format!("node{number}"))
    }

    /// One of the daemon's processes, by its name in the [`Launch`](crate::launch::Launch).
    pub fn process(&self, name: &str) -> Node<'_> {
        let Facts {
            name: daemon, logs, ..
        } = &self.given.facts;
        let log = logs.get(name).map(|log| log.path.as_path());
        Node::new(&*self.given.hold, &self.given.pid, daemon, name, log)
    }

    #[expect(
        clippy::panic,
        reason = "asked for by the test's author, and documented with each method"
    )]
    pub(crate) fn must<T>(&self, what: &str, found: Option<T>) -> T {
        found.unwrap_or_else(|| panic!("`{}` has no {what}", self.given.facts.name))
    }

    /// The state of the daemon's main process: running, paused, or how it ended.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn state(&self) -> Result<State> {
        self.given.hold().state_of(None)
    }

    /// Notes about the start, for programs that print them in their own format.
    #[doc(hidden)]
    pub fn notes(&self) -> &[String] {
        &self.given.facts.notes
    }

    /// Why the daemon exited unexpectedly, if it did.
    pub fn died(&self) -> Option<String> {
        self.given.hold().died()
    }
}

impl<D> Drop for Instance<D> {
    fn drop(&mut self) {
        // The part of a shared daemon is removed when the connection closes, and nothing has to wait for that.
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
