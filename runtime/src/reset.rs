//! What a test has changed, undone.

use std::sync::Arc;

use crate::asynchronous::on_thread;
use crate::error::Result;
use crate::instance::Instance;

impl<D> Instance<D> {
    /// Resets the test's part of a shared server to what it was at the beginning: its database, or its node in ZooKeeper. The URL stays
    /// the same. It is meant for property tests and loops, where each round starts from the same data.
    ///
    /// It takes as long as creating the database for a test: in PostgreSQL, one that is ready takes the name of the old one; in MySQL and
    /// MariaDB the database is dropped and created again. An `init` function is not called again. Everything in the database is gone,
    /// including its prepared transactions, subscriptions and logical replication slots.
    ///
    /// All connections to the database are closed. A connection pool opens new ones; a single connection must be made again.
    ///
    /// # Errors
    ///
    /// If nothing was created for the test: in a dedicated server without [`init`](crate::daemons::Init), with `isolation = "none"`, and in
    /// daemons that do not have databases. Start a dedicated server anew instead.
    ///
    /// ```no_run
    /// use fixtured::{Acquire, daemons};
    ///
    /// let postgres = daemons::postgres().init("migrations/").acquire()?;
    /// for round in 0..100 {
    ///     // Connect to `postgres.url()`, and change what you like.
    ///     postgres.reset()?;
    /// }
    /// # Ok::<(), fixtured::Error>(())
    /// ```
    pub fn reset(&self) -> Result<()> {
        self.given().reset()
    }

    /// [`reset`](Self::reset) for asynchronous code on any runtime. A thread waits, so the runtime is not blocked.
    ///
    /// Nothing happens until the future is polled. A future that is dropped later does not end the reset, and other methods of the instance
    /// wait for it.
    ///
    /// # Errors
    ///
    /// See [`reset`](Self::reset).
    pub fn reset_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        let given = Arc::clone(self.given());
        async move { on_thread(move |_| given.reset()).await }
    }
}
