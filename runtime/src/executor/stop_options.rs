//! How one stop differs from the executor's settings.

use crate::daemons::Period;
use crate::hold::How;

/// How one stop differs from the executor's settings; for [`stop_with`](super::ExecutorOf::stop_with).
///
/// ```no_run
/// use fixtured::SimpleExecutor;
/// use fixtured::executor::StopOptions;
///
/// let mut worker = SimpleExecutor::new("queue-worker").started()?;
/// worker.stop_with(StopOptions::new().signal("SIGINT").expected_returncode(4))?;
/// # Ok::<(), fixtured::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until it is given to `stop_with`"]
pub struct StopOptions {
    pub(super) how: How,
    pub(super) invalid: Option<String>,
}

impl StopOptions {
    /// As the executor is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends this signal instead of the executor's [`stop_signal`](super::ExecutorOf::stop_signal).
    pub fn signal(mut self, signal: impl Into<String>) -> Self {
        self.how.signal = Some(signal.into());
        self
    }

    /// Accepts this exit status, or death by the signal with this number as a negative one, instead of the executor's
    /// [`expected_returncode`](super::ExecutorOf::expected_returncode).
    pub fn expected_returncode(mut self, code: i32) -> Self {
        self.how.expected_returncode = Some(code);
        self
    }

    /// Kills after this time, if it is shorter than the executor's [`grace`](super::ExecutorOf::grace): a
    /// [`Duration`](std::time::Duration) or a text such as `"5s"`.
    pub fn grace(mut self, grace: impl Period) -> Self {
        match grace.duration() {
            Ok(grace) => self.how.grace = Some(grace),
            Err(invalid) => self.invalid = Some(invalid),
        }
        self
    }
}
