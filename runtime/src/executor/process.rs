//! An executor at work: its process is started, waited for and stopped.

use std::fmt;
use std::time::Duration;

use super::check::wait_in_client;
use super::kind::Kind;
use super::started::Started;
use crate::daemon::Daemon;
use crate::daemons::Program;
use crate::deadline::Deadline;
use crate::error::{Cause, Contact, Error, ErrorKind, Result};
use crate::hold::Hold;
use crate::launch::{Launch, Scope, Site};
use crate::ready::{Check, Readiness};
use crate::session;
use crate::startup::How;
use crate::state::State;
use crate::supervisor::Lease;

/// How long a killed process may take to end when the kill signal is not SIGKILL.
const KILL_GRACE: Duration = Duration::from_secs(1);

/// Starts one process, waits for the clear sign that it works, and stops it.
///
/// Use it by the name of the sign: [`SimpleExecutor`](crate::SimpleExecutor), [`OutputExecutor`](crate::OutputExecutor),
/// [`TcpExecutor`](crate::TcpExecutor), [`UnixSocketExecutor`](crate::UnixSocketExecutor), [`HttpExecutor`](crate::HttpExecutor),
/// [`PidExecutor`](crate::PidExecutor), or [`Executor`](crate::Executor) for a sign of your own.
///
/// ```no_run
/// use fixtured::HttpExecutor;
///
/// let mut server = HttpExecutor::new("my-server --port 8080", "http://127.0.0.1:8080/health").status(204);
/// server.start()?;
/// // It answers requests.
/// server.stop()?;
/// # Ok::<(), fixtured::Error>(())
/// ```
///
/// Dropping it stops the process; so does whatever ends this process. Its texts may hold `{port}`, `{port:NAME}` and `{dir}`.
pub struct ExecutorOf<K> {
    pub(super) program: Program,
    pub(super) kind: K,
    pub(super) started: Option<Started>,
}

/// What it does.
impl<K: Kind> ExecutorOf<K> {
    /// Starts the process and waits until it is ready. If it already runs, nothing happens; after a crash it is started again, and what it may
    /// have left is ended before.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyRunning`] if the sign was there before the start or is somebody else's; [`ErrorKind::ProcessExitedWithError`] as soon
    /// as the process ends with an error; [`ErrorKind::TimeoutExpired`] after the timeout. Then everything that was started is gone.
    pub fn start(&mut self) -> Result<&mut Self> {
        if self.stands() {
            return Ok(self);
        }
        if self.running() {
            // What a crash has left could pass for the new process.
            let how = How {
                signal: Some("SIGKILL".into()),
                ..How::default()
            };
            let _ = self.stop_how(how);
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
        self.start_process(launch)?;
        if let Some(readiness) = self.kind.own() {
            let waited = wait_in_client(readiness, &mut self.started, &self.program, until);
            waited?;
        }
        Ok(self)
    }

    /// Starts it where it was before, with what it has kept there, unless it is to be started with other settings.
    fn start_process(&mut self, launch: Launch) -> Result<()> {
        if let Some(started) = &mut self.started
            && started.launch == launch
        {
            match started.lease.again() {
                // With the supervisor, everything has gone.
                Err(error) if error.kind() == ErrorKind::SessionEnded => {}
                result => {
                    started.facts = result?;
                    started.stopped = false;
                    return Ok(());
                }
            }
        }
        self.started = None;
        let mut lease = Lease::request(session::address()?, launch.clone(), Scope::Test, K::NAME)?;
        let facts = lease.acquired()?;
        self.started = Some(Started {
            lease,
            facts,
            launch,
            stopped: false,
        });
        Ok(())
    }

    /// Waits until the condition holds, under the rules of a start: it ends when the process dies, and after the timeout everything
    /// is killed.
    pub fn wait_for(&mut self, mut condition: impl Readiness) -> Result<&mut Self> {
        let until = Deadline::after(self.program.launch(Site::symbolic()).timeout);
        wait_in_client(&mut condition, &mut self.started, &self.program, until)?;
        Ok(self)
    }

    /// Whether the process, or any descendant of it, runs.
    pub fn running(&mut self) -> bool {
        self.started
            .as_mut()
            .is_some_and(|started| started.lease.status().is_ok_and(|(runs, _)| runs))
    }

    /// Whether the process runs, and if it does not, how it ended.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone, and the process with it.
    pub fn state(&mut self) -> Result<State> {
        match &mut self.started {
            Some(started) => started.lease.state_of(None),
            None => Ok(State::NotStarted),
        }
    }

    /// Sends the stop signal, waits, and kills what remains after the grace period. When it returns, the process and all its descendants
    /// are gone. Stopping what has not been started, or has been stopped already, does nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ProcessFinishedWithError`] if the process ended neither by the stop signal, nor with 0, nor as expected; also if it had
    /// ended so before, without being asked to.
    pub fn stop(&mut self) -> Result<&mut Self> {
        self.stop_how(How::default())
    }

    /// [`stop`](Self::stop) with another signal, or another [`expected_returncode`](Self::expected_returncode), than those that were set.
    pub fn stop_with(
        &mut self,
        signal: Option<&str>,
        expected_returncode: Option<i32>,
    ) -> Result<&mut Self> {
        self.stop_how(How {
            signal: signal.map(Into::into),
            expected_returncode,
            grace: None,
        })
    }

    fn stop_how(&mut self, how: How) -> Result<&mut Self> {
        if let Some(started) = self.started.as_mut().filter(|started| !started.stopped) {
            match started.lease.status() {
                // With the supervisor, everything has gone.
                Err(error) if error.kind() == ErrorKind::SessionEnded => return Ok(self),
                status => drop(status?),
            }
            let stopped = started.lease.stop(how);
            let error = stopped.as_ref().err().map(Error::kind);
            started.stopped = error.is_none_or(|kind| kind == ErrorKind::ProcessFinishedWithError);
            stopped?;
        }
        Ok(self)
    }

    /// [`stop`](Self::stop) with the kill signal; how the process ends is no error.
    pub fn kill(&mut self) -> Result<&mut Self> {
        let signal = self.program.kill_signal_name().to_owned();
        let how = How {
            signal: Some(signal),
            expected_returncode: None,
            grace: Some(KILL_GRACE),
        };
        match self.stop_how(how) {
            Err(error) if error.kind() != ErrorKind::ProcessFinishedWithError => Err(error),
            _ => Ok(self),
        }
    }

    /// Runs the closure while the process is down, and starts it again: for testing how a client survives an outage. Its ports, its
    /// directory and its logs stay the same.
    pub fn stopped<T>(&mut self, outage: impl FnOnce() -> T) -> Result<T> {
        self.stop()?;
        let result = outage();
        self.start()?;
        Ok(result)
    }
}

impl<K: Kind> fmt::Display for ExecutorOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", K::NAME, self.program.shown())
    }
}

impl<K: Kind> fmt::Debug for ExecutorOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.program.shown();
        let short: String = command.chars().take(40).collect();
        let dots = if short.len() < command.len() {
            "…"
        } else {
            ""
        };
        write!(f, "{}({short}{dots})", K::NAME)
    }
}
