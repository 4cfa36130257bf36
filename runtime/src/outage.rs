//! Outages of a daemon, as a test brings them about.

use std::sync::Arc;

use crate::asynchronous::on_thread;
use crate::error::Result;
use crate::instance::{Given, Instance, Paused};

/// Outages. They need a dedicated server (`scope = "test"`, [`#[with_daemon]`](macro@crate::with_daemon) or
/// [`Acquire::start`](crate::Acquire::start)), since other tests may use a shared one. [`node`](Self::node) and
/// [`process`](Self::process) have the same methods for one process of several.
///
/// The daemon keeps its directory, ports, URL and log throughout. What is left of its data is what it had written itself: a server that
/// keeps its data in memory, such as Redis, Valkey or Memcached as they are set up here, is empty after each start,
/// or has the data of its [`init`](crate::daemons::Init) again.
///
/// Each method blocks the thread until it is done. The form with `_async` waits on another thread instead, on any runtime: the daemon may
/// wait for connections that the tasks of the runtime hold. Nothing happens until such a future is polled; dropping it later does not undo
/// what was begun, and other methods of the instance wait for that.
///
/// ```no_run
/// use fixtured::{Acquire, daemons};
///
/// # fn main() -> fixtured::Result<()> {
/// let redis = daemons::redis().start()?;
/// // A client that connects now is accepted by the kernel, and gets no answer.
/// redis.pause()?;
/// // …
/// redis.resume()?;
/// // Connections are refused until it is ready again.
/// redis.restart()?;
/// # Ok(())
/// # }
/// ```
impl<D> Instance<D> {
    /// Stops the daemon so that it can be started again, and waits until all its processes are gone. Does nothing if it is stopped.
    ///
    /// Each process gets its stop signal, in reverse order of the start, and SIGKILL after its grace period. A daemon that is paused is
    /// resumed for that. PostgreSQL is stopped by SIGINT, which writes everything that has been committed.
    ///
    /// # Errors
    ///
    /// If tests share the daemon, or if it is an existing server. Also if a process exits in another way than it should, or had crashed
    /// before; it is gone then too.
    pub fn stop(&self) -> Result<()> {
        self.given().stop()
    }

    /// Kills all processes of the daemon with SIGKILL at once, paused ones too, and waits until they are gone. How they exit is ignored.
    /// Does nothing if it is stopped.
    ///
    /// What the daemon had handed to the kernel is in its directory when it is started again; what it kept in memory is lost. The servers
    /// do not wait for the disk here, which makes no difference to this, since the machine does not crash. Two settings of PostgreSQL do:
    /// without [`synchronous_commit`](https://www.postgresql.org/docs/current/wal-async-commit.html) it may lose what was committed in the
    /// last 600 ms, and without `full_page_writes` a page that is being written may be damaged. If commits have to survive a kill, turn
    /// both on.
    ///
    /// ```no_run
    /// use fixtured::{Acquire, daemons};
    ///
    /// # fn main() -> fixtured::Result<()> {
    /// let durable = [("synchronous_commit", "on"), ("full_page_writes", "on")];
    /// let postgres = daemons::postgres().settings(durable).start()?;
    /// // … commit something …
    /// postgres.kill()?;
    /// // It is in the database again after the recovery.
    /// postgres.start()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If tests share the daemon, or if it is an existing server. Also if a process cannot be killed.
    pub fn kill(&self) -> Result<()> {
        self.given().kill()
    }

    /// Starts the daemon again in its place, and waits until it is ready: after [`stop`](Self::stop), after [`kill`](Self::kill), or after
    /// a crash. If it is running or paused, it is stopped first, as by [`restart`](Self::restart).
    ///
    /// Blocks for at most the daemon's `timeout`, beside the time of the stop. The steps that prepare a first start, such as `initdb` and
    /// `init`, are not repeated.
    ///
    /// # Errors
    ///
    /// If tests share the daemon, or if it is an existing server. Also if the daemon does not become ready; nothing of it runs then, and it
    /// can be started again.
    pub fn start(&self) -> Result<()> {
        self.given().start()
    }

    /// Stops the daemon and starts it again, and waits until it is ready. [`start`](Self::start) does the same to one that is running.
    /// Connections to it are closed. [`pid`](Self::pid) is that of the new process; the URL is the same.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), except that a process that has crashed is just started again; then as [`start`](Self::start).
    pub fn restart(&self) -> Result<()> {
        self.given().start()
    }

    /// Pauses the daemon: SIGSTOP to all its processes, also those that have left its process group or session, and those that are forked
    /// meanwhile. When it returns, none of their threads does anything any more. Repeating it makes sure of that, and otherwise does
    /// nothing.
    ///
    /// The kernel goes on for a paused daemon: it accepts connections to its ports as long as there is room in their queues, and takes in
    /// what clients send until a buffer is full. So clients do not see an error, but a server that does not answer. After
    /// [`resume`](Self::resume) it answers what it has been sent; its own timeouts may have passed.
    ///
    /// A paused daemon counts as running everywhere, except that [`state`](Self::state) and `fixtured status` say that it is paused. It is
    /// stopped at the end of the test as usual. [`reset`](Self::reset) is an error while it is paused.
    ///
    /// It takes milliseconds. If a process cannot be stopped within 5 s, the daemon is resumed.
    ///
    /// It is not frozen as a whole at one moment: one process may have gone on for milliseconds after another one was stopped. If one of
    /// its processes is killed from outside meanwhile, the kernel may resume others of its group with SIGHUP and SIGCONT; they are paused
    /// again at once.
    ///
    /// # Errors
    ///
    /// If tests share the daemon, or if it is an existing server. If it is not running. If one of its processes may not be signalled,
    /// since it has changed its user; all go on then.
    pub fn pause(&self) -> Result<()> {
        self.given().pause()
    }

    /// Resumes what is paused of the daemon, with SIGCONT to all its processes. When it returns, all can run again. A daemon that is not
    /// paused goes on.
    ///
    /// # Errors
    ///
    /// If tests share the daemon, or if it is an existing server. If it is not running: a paused daemon may have been killed from outside.
    pub fn resume(&self) -> Result<()> {
        self.given().resume()
    }

    /// [Stops](Self::stop) the daemon, runs the closure and [starts](Self::start) the daemon again, to test how a client survives an
    /// outage. It stays stopped if the closure panics.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop) before the closure runs, and as [`start`](Self::start) after it.
    pub fn stopped<T>(&self, outage: impl FnOnce() -> T) -> Result<T> {
        self.stop()?;
        let result = outage();
        self.start()?;
        Ok(result)
    }

    /// [Pauses](Self::pause) the daemon, runs the closure and [resumes](Self::resume) the daemon, also if the closure panics.
    ///
    /// ```no_run
    /// # use fixtured::{Acquire, daemons};
    /// # fn main() -> fixtured::Result<()> {
    /// # let redis = daemons::redis().start()?;
    /// # let ask = |_: &str| Err::<(), _>("timed out");
    /// let answer = redis.paused(|| ask(redis.url()))?;
    /// assert_eq!(answer, Err("timed out"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause) before the closure runs, and as [`resume`](Self::resume) after it.
    pub fn paused<T>(&self, outage: impl FnOnce() -> T) -> Result<T> {
        let paused = Paused::begin(self.given())?;
        let result = outage();
        paused.end()?;
        Ok(result)
    }

    /// [`stop`](Self::stop) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`stop`](Self::stop).
    pub fn stop_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::stop)
    }

    /// [`kill`](Self::kill) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`kill`](Self::kill).
    pub fn kill_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::kill)
    }

    /// [`start`](Self::start) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    pub fn start_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::start)
    }

    /// [`restart`](Self::restart) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`restart`](Self::restart).
    pub fn restart_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::start)
    }

    /// [`pause`](Self::pause) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`pause`](Self::pause).
    pub fn pause_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::pause)
    }

    /// [`resume`](Self::resume) for asynchronous code.
    ///
    /// # Errors
    ///
    /// See [`resume`](Self::resume).
    pub fn resume_async(&self) -> impl Future<Output = Result<()>> + Send + use<D> {
        self.apart(Given::resume)
    }

    fn apart(
        &self,
        work: fn(&Given) -> Result<()>,
    ) -> impl Future<Output = Result<()>> + Send + use<D> {
        let given = Arc::clone(self.given());
        async move { on_thread(move |_| work(&given)).await }
    }
}
