//! Starting an executor's process and waiting for it.

use super::check::wait_in_client;
use super::kind::Kind;
use super::process::ExecutorOf;
use super::started::Started;
use crate::asynchronous::{Cancel, on_thread};
use crate::daemon::Daemon;
use crate::deadline::Deadline;
use crate::error::{Cause, Contact, Result};
use crate::hold::{How, Terms};
use crate::launch::{Launch, Scope, Site};
use crate::ready::{Check, Readiness};

/// Start.
impl<K: Kind> ExecutorOf<K> {
    /// Starts the process and returns the executor, for use as an expression:
    ///
    /// ```no_run
    /// use fixtured::TcpExecutor;
    ///
    /// let cache = TcpExecutor::new("redis-server --port {port}", "127.0.0.1", "{port}").started()?;
    /// # Ok::<(), fixtured::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn started(mut self) -> Result<Self> {
        self.start()?;
        Ok(self)
    }

    /// [`started`](Self::started) for asynchronous code on any runtime. A thread waits, so the runtime is not blocked.
    ///
    /// Nothing happens until the future is polled. Dropping the future stops what has been started so far, without waiting.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn started_async(mut self) -> impl Future<Output = Result<Self>> + Send {
        on_thread(move |cancel| {
            self.start_unless(cancel)?;
            Ok(self)
        })
    }

    /// Starts the process and waits until it is ready. Does nothing if it is already running; one that is paused is resumed. After a crash, descendants that are left are
    /// killed before it is started again.
    ///
    /// The process lives as long as the executor, so keep the executor in a variable: after `SimpleExecutor::new("server").start()?;` nothing
    /// is running. Use [`started`](Self::started) in an expression.
    ///
    /// Blocks the thread for at most the [`timeout`](Self::timeout); after a crash also until everything that was left is gone.
    ///
    /// # Errors
    ///
    /// Everything that was started is gone then.
    ///
    /// | [`ErrorKind`](crate::ErrorKind) | |
    /// |---|---|
    /// | `NotInstalled` | the program does not exist |
    /// | `InvalidInput` | a setting has an invalid value |
    /// | `AlreadyRunning` | the readiness condition held before the start, or another process fulfils it |
    /// | `ProcessExitedWithError` | the process exited with an error |
    /// | `TimeoutExpired` | it was not ready in time |
    /// | `SessionEnded` | the test run is over |
    pub fn start(&mut self) -> Result<&mut Self> {
        self.start_unless(&Cancel::default())?;
        Ok(self)
    }

    fn start_unless(&mut self, cancelled: &Cancel) -> Result<()> {
        self.resume_if_paused()?;
        if self.stands() {
            return Ok(());
        }
        if self.running() {
            // What a crash has left could be mistaken for the new process.
            let _ = self.stop_how(How::by("SIGKILL"));
        }
        let launch = self.program.launch(Site::symbolic());
        let until = Deadline::after(launch.timeout);
        if let Some(readiness) = self.kind.own()
            && readiness.check(until) == Check::Ready
        {
            let (name, command) = (launch.name, self.program.shown());
            let what = "its readiness held before it was started".into();
            return Err(Cause::AlreadyRunning {
                name,
                what,
                command,
                at: Contact::Other,
                holder: None,
            }
            .into());
        }
        self.start_process(launch, cancelled)?;
        match (self.kind.own(), &mut self.started) {
            (Some(readiness), Some(started)) => {
                wait_in_client(readiness, started, &self.program, until)
            }
            _ => Ok(()),
        }
    }

    /// Starts it in the same directory as before, unless its settings have changed.
    fn start_process(&mut self, launch: Launch, cancelled: &Cancel) -> Result<()> {
        if let Some(started) = &mut self.started
            && started.launch == launch
            && started.instance.facts().direct.is_some() == self.wired
            && started.again(cancelled)?
        {
            return Ok(());
        }
        self.started = None;
        let terms = Terms {
            scope: Scope::Test,
            wired: self.wired,
        };
        self.started = Some(Started::new(launch, terms, K::NAME, cancelled)?);
        Ok(())
    }

    /// Waits until the condition holds, with the rules of a start: the wait ends when the process exits, and after the
    /// [`timeout`](Self::timeout) everything is killed.
    ///
    /// The condition is a closure that returns `bool` or a [`Check`], or a type that implements [`Readiness`].
    ///
    /// ```no_run
    /// # use fixtured::SimpleExecutor;
    /// # let path = std::path::Path::new("/tmp/done");
    /// let mut worker = SimpleExecutor::new("queue-worker").started()?;
    /// worker.wait_for(|| path.exists())?;
    /// # Ok::<(), fixtured::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the process has not been started; otherwise as [`start`](Self::start).
    pub fn wait_for(&mut self, mut condition: impl Readiness) -> Result<&mut Self> {
        let until = Deadline::after(self.program.launch(Site::symbolic()).timeout);
        match &mut self.started {
            Some(started) => wait_in_client(&mut condition, started, &self.program, until)?,
            None => return Err(self.not_started("wait")),
        }
        Ok(self)
    }
}
