//! Instances for code without an attribute.

use crate::daemon::Daemon;
use crate::error::Result;
use crate::instance::Instance;
use crate::launch::Scope;

mod acquisition;
mod wired;

pub(crate) use acquisition::Acquisition;
use acquisition::{caller, in_background};
pub use wired::Wired;

/// Provides daemons to code without an attribute, such as a helper function, a benchmark, another crate's fixture or a test harness.
///
/// | | blocking | asynchronous |
/// |---|---|---|
/// | part of the session's shared instance | [`acquire`](Self::acquire) | [`acquire_async`](Self::acquire_async) |
/// | dedicated instance | [`start`](Self::start) | [`start_async`](Self::start_async) |
///
/// Each returns when the daemon is ready. Dropping the [`Instance`] releases it.
///
/// # Errors
///
/// All four methods return the same errors. Everything that they started is gone then.
///
/// | [`ErrorKind`](crate::ErrorKind) | |
/// |---|---|
/// | `NotInstalled` | a program of the daemon is missing |
/// | `InvalidInput` | an option has an invalid value |
/// | `AlreadyRunning` | another process listens on a fixed port |
/// | `ProcessExitedWithError` | the daemon exited before it was ready |
/// | `TimeoutExpired` | it was not ready in time, or the supervisor did not answer |
/// | `SessionEnded` | the test run is over, or its supervisor was killed |
pub trait Acquire: Daemon + Sized {
    /// Acquires what `#[fixture]` passes to a test: a part of the session's shared instance, which is started if necessary.
    ///
    /// Blocks the thread until the part is ready. The first call waits for the start of the daemon and for the code that prepares its data;
    /// the daemon's timeout limits both.
    ///
    /// # Errors
    ///
    /// See [`Acquire`].
    fn acquire(self) -> Result<Instance<Self>> {
        Acquisition::new(&self, Scope::Session.into(), &caller())?.ready()
    }

    /// Puts a wire between the instance and the test, as with `wire = true`; see [`Wire`](crate::Wire).
    ///
    /// The methods of what it returns are those of this trait.
    fn wired(self) -> Wired<Self> {
        Wired::new(self)
    }

    /// Starts a dedicated instance, as with `scope = "test"`.
    ///
    /// Blocks the thread until the daemon is ready, for at most its timeout.
    ///
    /// # Errors
    ///
    /// See [`Acquire`].
    fn start(self) -> Result<Instance<Self>> {
        Acquisition::new(&self, Scope::Test.into(), &caller())?.ready()
    }

    /// [`acquire`](Self::acquire) for asynchronous code on any runtime. A thread waits, so the runtime is not blocked.
    ///
    /// Nothing happens until the future is polled. Dropping the future releases what has been acquired so far.
    ///
    /// ```no_run
    /// use fixtured::{Acquire, daemons};
    ///
    /// # async fn test() -> fixtured::Result<()> {
    /// let postgres = daemons::postgres().acquire_async().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`Acquire`].
    fn acquire_async(self) -> impl Future<Output = Result<Instance<Self>>> + Send {
        in_background(&self, Scope::Session.into())
    }

    /// [`start`](Self::start) for asynchronous code on any runtime. A thread waits, so the runtime is not blocked.
    ///
    /// Nothing happens until the future is polled. Dropping the future stops what has been started so far.
    ///
    /// # Errors
    ///
    /// See [`Acquire`].
    fn start_async(self) -> impl Future<Output = Result<Instance<Self>>> + Send {
        in_background(&self, Scope::Test.into())
    }
}

impl<D: Daemon> Acquire for D {}
