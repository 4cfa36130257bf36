//! Options for a single stop.

use crate::daemons::Period;
use crate::hold::How;

/// Options for a single stop with [`stop_with`](super::ExecutorOf::stop_with), in place of the executor's settings.
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
#[must_use = "it does nothing until it is passed to `stop_with`"]
pub struct StopOptions {
    pub(super) how: How,
    pub(super) invalid: Option<String>,
}

impl StopOptions {
    /// The executor's settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Send this signal instead of the executor's [`stop_signal`](super::ExecutorOf::stop_signal).
    pub fn signal(mut self, signal: impl Into<String>) -> Self {
        self.how.signal = Some(signal.into());
        self
    }

    /// Treat this exit status, or death by this negative signal number, as success, instead of the executor's
    /// [`expected_returncode`](super::ExecutorOf::expected_returncode).
    pub fn expected_returncode(mut self, code: i32) -> Self {
        self.how.expected_returncode = Some(code);
        self
    }

    /// Kill after this time, if it is shorter than the executor's [`grace`](super::ExecutorOf::grace) period: a
    /// [`Duration`](std::time::Duration) or a string such as `"5s"`.
    pub fn grace(mut self, grace: impl Period) -> Self {
        match grace.duration() {
            Ok(grace) => self.how.grace = Some(grace),
            Err(invalid) => self.invalid = Some(invalid),
        }
        self
    }
}
