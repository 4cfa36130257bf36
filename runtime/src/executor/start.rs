//! Starting the process of an executor, and waiting for it.

use super::check::wait_in_client;
use super::kind::Kind;
use super::process::ExecutorOf;
use super::started::Started;
use crate::asynchronous::{Cancel, on_thread};
use crate::daemon::Daemon;
use crate::deadline::Deadline;
use crate::error::{Cause, Contact, Result};
use crate::hold::How;
use crate::launch::{Launch, Site};
use crate::ready::{Check, Readiness};

/// Starting it.
impl<K: Kind> ExecutorOf<K> {
    /// Starts the process and gives the executor back, for use as an expression:
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

    /// [`started`](Self::started) for asynchronous code, on any runtime: a thread waits, and the runtime goes on meanwhile.
    ///
    /// Nothing happens before the future is polled. Dropping it stops what has been started so far, without waiting for its end.
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

    /// Starts the process and waits until it is ready. If it already runs, nothing happens; after a crash it is started again, and what it may
    /// have left is ended before.
    ///
    /// The process lives as long as the executor, so the executor needs a name: after `SimpleExecutor::new("server").start()?;` nothing runs.
    /// For an expression there is [`started`](Self::started).
    ///
    /// Blocks the thread, at most for the [`timeout`](Self::timeout), and after a crash for the end of what was left.
    ///
    /// # Errors
    ///
    /// By [`ErrorKind`](crate::ErrorKind): `AlreadyRunning` if the sign was there before the start or is somebody else's;
    /// `ProcessExitedWithError` as soon as the process ends with an error; `TimeoutExpired` after the timeout; `NotInstalled` if there is no
    /// such program; `InvalidInput` if a setting has an impossible value; `SessionEnded` if the test run is over. Then everything that was
    /// started is gone.
    pub fn start(&mut self) -> Result<&mut Self> {
        self.start_unless(&Cancel::default())?;
        Ok(self)
    }

    fn start_unless(&mut self, cancelled: &Cancel) -> Result<()> {
        if self.stands() {
            return Ok(());
        }
        if self.running() {
            // What a crash has left could pass for the new process.
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

    /// Starts it where it was before, with what it has kept there, unless it is to be started with other settings.
    fn start_process(&mut self, launch: Launch, cancelled: &Cancel) -> Result<()> {
        if let Some(started) = &mut self.started
            && started.launch == launch
            && started.again(cancelled)?
        {
            return Ok(());
        }
        self.started = None;
        self.started = Some(Started::new(launch, K::NAME, cancelled)?);
        Ok(())
    }

    /// Waits until the condition holds, under the rules of a start: the wait ends when the process dies, and after the
    /// [`timeout`](Self::timeout) everything is killed.
    ///
    /// A condition is a closure that returns `bool`, one that returns a [`Check`] and so can say what is missing, or a type with
    /// [`Readiness`].
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
