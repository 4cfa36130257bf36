//! Stopping an executor's process.

use std::time::Duration;

use super::kind::Kind;
use super::process::ExecutorOf;
use super::stop_options::StopOptions;
use crate::daemon::Daemon;
use crate::error::{Cause, ErrorKind, Result};
use crate::hold::How;
use crate::launch::Site;

/// How long to wait after a kill signal other than SIGKILL.
const KILL_GRACE: Duration = Duration::from_secs(1);

/// Stop.
impl<K: Kind> ExecutorOf<K> {
    /// Sends the stop signal, waits, and kills what remains after the grace period. When it returns, the process and all its descendants are
    /// gone. Does nothing if the process has not been started or is already stopped.
    ///
    /// Blocks the thread for at most the [`grace`](Self::grace) period and the time that a kill takes. In asynchronous code, call it on a
    /// thread that may block: `tokio::task::spawn_blocking(move || executor.stop().map(drop))`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ProcessFinishedWithError`] if the process exited in another way than with status 0, by the stop signal or with the
    /// [`expected_returncode`](Self::expected_returncode); also if it had done so before the stop.
    pub fn stop(&mut self) -> Result<&mut Self> {
        self.stop_how(How::default())
    }

    /// [`stop`](Self::stop) with options that differ from the executor's settings, such as another signal.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), and [`ErrorKind::InvalidInput`] for an invalid option; the process is still running then.
    pub fn stop_with(&mut self, options: StopOptions) -> Result<&mut Self> {
        if let Some(problem) = options.invalid {
            let name = self.program.launch(Site::symbolic()).name;
            return Err(Cause::Invalid { name, problem }.into());
        }
        self.stop_how(options.how)
    }

    pub(super) fn stop_how(&mut self, how: How) -> Result<&mut Self> {
        if let Some(started) = &mut self.started {
            started.stop(how)?;
        }
        Ok(self)
    }

    /// [`stop`](Self::stop) with the kill signal. How the process exits is ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if the signal is unknown, or an error if the supervisor does not answer.
    pub fn kill(&mut self) -> Result<&mut Self> {
        let how = How {
            grace: Some(KILL_GRACE),
            ..How::by(self.program.kill_signal_name())
        };
        match self.stop_how(how) {
            Err(error) if error.kind() != ErrorKind::ProcessFinishedWithError => Err(error),
            _ => Ok(self),
        }
    }

    /// Stops the process, runs the closure and starts the process again, to test how a client survives an outage. The ports, directory and
    /// logs stay the same.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop) before the closure runs, and as [`start`](Self::start) after it.
    pub fn stopped<T>(&mut self, outage: impl FnOnce() -> T) -> Result<T> {
        self.stop()?;
        let result = outage();
        self.start()?;
        Ok(result)
    }
}
