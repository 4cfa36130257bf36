//! Instances with a wire, for code without an attribute.

use super::acquisition::{Acquisition, caller, in_background};
use crate::daemon::Daemon;
use crate::error::Result;
use crate::hold::Terms;
use crate::instance::Instance;
use crate::launch::Scope;

/// A daemon to acquire with a [`wire`](Instance::wire), from [`Acquire::wired`](crate::Acquire::wired).
///
/// ```no_run
/// use fixtured::{Acquire, daemons};
///
/// let redis = daemons::redis().wired().acquire()?;
/// redis.wire().delay("200ms")?;
/// # Ok::<(), fixtured::Error>(())
/// ```
///
/// The methods are those of [`Acquire`](crate::Acquire), with the same errors. It is also an error if the daemon has no TCP port on a loopback
/// address, or if it is an existing server that fixtured has not started.
#[derive(Clone, Debug)]
#[must_use = "nothing is started until an instance is acquired"]
pub struct Wired<D>(D);

impl<D: Daemon> Wired<D> {
    pub(crate) fn new(daemon: D) -> Self {
        Self(daemon)
    }

    /// Acquires a part of the session's shared instance, as [`Acquire::acquire`](crate::Acquire::acquire) does.
    ///
    /// # Errors
    ///
    /// See [`Wired`].
    pub fn acquire(self) -> Result<Instance<D>> {
        Acquisition::new(&self.0, with(Scope::Session), &caller())?.ready()
    }

    /// Starts a dedicated instance, as [`Acquire::start`](crate::Acquire::start) does.
    ///
    /// # Errors
    ///
    /// See [`Wired`].
    pub fn start(self) -> Result<Instance<D>> {
        Acquisition::new(&self.0, with(Scope::Test), &caller())?.ready()
    }

    /// [`acquire`](Self::acquire) for asynchronous code on any runtime, as [`Acquire::acquire_async`](crate::Acquire::acquire_async) is.
    ///
    /// # Errors
    ///
    /// See [`Wired`].
    pub fn acquire_async(self) -> impl Future<Output = Result<Instance<D>>> + Send + use<D> {
        in_background(&self.0, with(Scope::Session))
    }

    /// [`start`](Self::start) for asynchronous code on any runtime, as [`Acquire::start_async`](crate::Acquire::start_async) is.
    ///
    /// # Errors
    ///
    /// See [`Wired`].
    pub fn start_async(self) -> impl Future<Output = Result<Instance<D>>> + Send + use<D> {
        in_background(&self.0, with(Scope::Test))
    }
}

fn with(scope: Scope) -> Terms {
    Terms { scope, wired: true }
}
