//! Instances for code without a macro.

use std::marker::PhantomData;
use std::thread;

use crate::daemon::{Daemon, Prepare};
use crate::error::Result;
use crate::instance::Instance;
use crate::launch::{Scope, Site};
use crate::session;
use crate::supervisor::Lease;

/// Gives every daemon the two ways to be used without a macro: in a helper function, a benchmark, another crate's fixture, a test
/// harness of one's own.
pub trait Acquire: Daemon + Sized {
    /// What `#[fixture]` gives a test: a part of the session's shared instance, which is started if need be.
    fn acquire(self) -> Result<Instance<Self>> {
        Asked::new(&self, Scope::Session, &caller())?.ready()
    }

    /// An instance of one's own, as with `scope = "test"`.
    fn start(self) -> Result<Instance<Self>> {
        Asked::new(&self, Scope::Test, &caller())?.ready()
    }
}

impl<D: Daemon> Acquire for D {}

/// Calls the test's code on a thread of its own: this one may belong to a runtime, in which the code could not start another one.
fn on_its_own(prepare: &Prepare, url: &str) -> Result<(), String> {
    let called = thread::scope(|scope| scope.spawn(|| prepare(url)).join());
    called.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(format!("it panicked: {}", text.unwrap_or("without a text")))
    })
}

/// The name of the test: test harnesses name its thread after it.
fn caller() -> String {
    thread::current().name().unwrap_or("main").into()
}

/// An instance that has been asked for.
pub(crate) struct Asked<D> {
    lease: Lease,
    prepare: Option<Prepare>,
    kind: PhantomData<fn() -> D>,
}

impl<D: Daemon> Asked<D> {
    /// Asks for an instance without waiting for it.
    pub(crate) fn new(daemon: &D, scope: Scope, test: &str) -> Result<Self> {
        let launch = daemon.launch(Site::symbolic());
        let lease = Lease::request(session::address()?, launch, scope, test)?;
        Ok(Self {
            lease,
            prepare: daemon.prepare(),
            kind: PhantomData,
        })
    }

    /// Waits until it is ready.
    pub(crate) fn ready(mut self) -> Result<Instance<D>> {
        let facts = self.lease.prepared(|url| match &self.prepare {
            Some(prepare) => on_its_own(prepare, url),
            None => Err("the daemon does not say how".into()),
        })?;
        Ok(Instance::new(facts, self.lease))
    }
}
