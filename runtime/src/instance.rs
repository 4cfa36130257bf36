//! A running daemon, as a test sees it.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::daemon::Daemon;
use crate::error::Result;
use crate::launch::{Scope, Site};
use crate::session;
use crate::startup::{How, last_lines};
use crate::supervisor::{Facts, Lease};

/// A running daemon of kind `D`.
///
/// It is given back when this is dropped: what the test had of its own inside a shared daemon is removed, and a daemon of its own
/// is stopped; the drop waits until that is done. The same happens, without the waiting, however the process ends: with a panic
/// elsewhere, `process::exit`, or SIGKILL.
pub struct Instance<D> {
    facts: Facts,
    lease: Mutex<Lease>,
    _kind: PhantomData<fn() -> D>,
}

/// An instance that has been asked for.
pub(crate) struct Asked<D> {
    lease: Lease,
    _kind: PhantomData<fn() -> D>,
}

impl<D: Daemon> Asked<D> {
    /// Asks for an instance without waiting for it.
    pub(crate) fn new(daemon: &D, scope: Scope, test: &str) -> Result<Self> {
        let launch = daemon.launch(&Site::SYMBOLIC);
        let lease = Lease::request(session::address()?, launch, scope, test)?;
        Ok(Self { lease, _kind: PhantomData })
    }

    /// Waits until it is ready.
    pub(crate) fn ready(mut self) -> Result<Instance<D>> {
        let facts = self.lease.acquired()?;
        Ok(Instance { facts, lease: Mutex::new(self.lease), _kind: PhantomData })
    }
}

impl<D> Instance<D> {
    /// The URL for clients.
    ///
    /// # Panics
    ///
    /// If the daemon has none: a program of the user's that listens nowhere.
    pub fn url(&self) -> &str {
        self.must("URL", Some(self.facts.url.as_str()).filter(|url| !url.is_empty()))
    }

    /// The host name or address for clients; `127.0.0.1` unless the daemon says otherwise.
    pub fn host(&self) -> &str {
        &self.facts.host
    }

    /// The TCP port.
    ///
    /// # Panics
    ///
    /// If the daemon has none: a program of the user's without `{port}` and with no readiness that names one.
    pub fn port(&self) -> u16 {
        self.must("port", self.facts.ports.get("").copied())
    }

    /// The port with this name: `{port:admin}` is `port_named("admin")`.
    ///
    /// # Panics
    ///
    /// If the daemon has no port of that name.
    pub fn port_named(&self, name: &str) -> u16 {
        self.must(&format!("port named `{name}`"), self.facts.ports.get(name).copied())
    }

    /// The instance's own directory. It is removed when the daemon has stopped.
    pub fn dir(&self) -> &Path {
        &self.facts.dir
    }

    /// The file that holds what the daemon prints. It is removed with the instance, for a shared daemon with the session.
    pub fn log(&self) -> &Path {
        &self.facts.log
    }

    /// The number of the daemon's main process.
    pub fn pid(&self) -> u32 {
        self.facts.pid
    }

    /// What else the daemon tells its users, by name: the values of its [`Launch`](crate::launch::Launch).
    ///
    /// # Panics
    ///
    /// If there is no value of that name.
    pub fn value(&self, name: &str) -> &str {
        self.must(&format!("value `{name}`"), self.facts.values.get(name).map(String::as_str))
    }

    #[expect(clippy::panic, reason = "asked for by the test's author, and documented with each method")]
    fn must<T>(&self, what: &str, found: Option<T>) -> T {
        found.unwrap_or_else(|| panic!("`{}` has no {what}", self.facts.name))
    }

    /// What a failed test wants to know: whether the daemon died, and what it has written since the test got it.
    pub(crate) fn report(&self) -> String {
        let name = &self.facts.name;
        let status = self.lease.lock().unwrap_or_else(PoisonError::into_inner).status();
        let mut report = match status {
            Ok((_, Some(end))) => format!("`{name}` died while this test ran: {end}\n"),
            Ok((_, None)) => String::new(),
            Err(error) => format!("`{name}` died while this test ran: {error}\n"),
        };
        let lines = last_lines(&self.facts.log, self.facts.log_from);
        if lines.is_empty() {
            return report;
        }
        report += &format!("`{name}` logged while this test ran ({}):\n", self.facts.log.display());
        lines.iter().for_each(|line| report += &format!("  | {line}\n"));
        report
    }
}

impl<D> Drop for Instance<D> {
    fn drop(&mut self) {
        // A part of a shared daemon is taken away when the connection closes, which nobody has to wait for.
        if self.facts.own {
            let lease = self.lease.get_mut().unwrap_or_else(PoisonError::into_inner);
            // A daemon that ends badly when its test is over is no failure of the test.
            let _ = lease.release(How::default());
        }
    }
}

impl<D> fmt::Debug for Instance<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { name, url, pid, .. } = &self.facts;
        f.debug_struct("Instance").field("name", name).field("url", url).field("pid", pid).finish_non_exhaustive()
    }
}
