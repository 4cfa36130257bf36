//! Instances for code without a macro.

use crate::daemon::Daemon;
use crate::error::Result;
use crate::instance::{Asked, Instance};
use crate::launch::Scope;

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

/// The name of the test: test harnesses name its thread after it.
fn caller() -> String {
    std::thread::current().name().unwrap_or("main").into()
}
