//! Stopping the process of an executor.

use std::time::Duration;

use super::kind::Kind;
use super::process::ExecutorOf;
use super::stop_options::StopOptions;
use crate::daemon::Daemon;
use crate::error::{Cause, ErrorKind, Result};
use crate::hold::How;
use crate::launch::Site;

/// How long a killed process may take to end when the kill signal is not SIGKILL.
const KILL_GRACE: Duration = Duration::from_secs(1);

/// Stopping it.
impl<K: Kind> ExecutorOf<K> {
    /// Sends the stop signal, waits, and kills what remains after the grace period. When it returns, the process and all its descendants
    /// are gone. Stopping what has not been started, or has been stopped already, does nothing.
    ///
    /// Blocks the thread until then, at most for the [`grace`](Self::grace) and the moment that a kill takes. In asynchronous code, call it
    /// on a thread that may block: `tokio::task::spawn_blocking(move || executor.stop().map(drop))`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ProcessFinishedWithError`] if the process ended neither by the stop signal, nor with 0, nor as expected; also if it had
    /// ended so before, without being asked to.
    pub fn stop(&mut self) -> Result<&mut Self> {
        self.stop_how(How::default())
    }

    /// [`stop`](Self::stop) in another way than the executor is set: by another signal, say.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), and [`ErrorKind::InvalidInput`] for an impossible option, after which the process still runs.
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

    /// [`stop`](Self::stop) with the kill signal; how the process ends is no error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] if there is no such signal, and if the supervisor does not answer.
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

    /// Runs the closure while the process is down, and starts it again: for testing how a client survives an outage. Its ports, its
    /// directory and its logs stay the same.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), before the closure runs, and as [`start`](Self::start) after it.
    pub fn stopped<T>(&mut self, outage: impl FnOnce() -> T) -> Result<T> {
        self.stop()?;
        let result = outage();
        self.start()?;
        Ok(result)
    }
}
