//! Outages of an executor's process.

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::error::Result;
use crate::instance::{Given, Paused};
use crate::state::State;

/// Outages.
impl<K: Kind> ExecutorOf<K> {
    /// Stops the process and starts it again with the same directory and ports, and waits until it is ready. One that has crashed is just
    /// started.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), and then as [`start`](Self::start).
    pub fn restart(&mut self) -> Result<&mut Self> {
        self.resume_if_paused()?;
        if self.stands() {
            self.stop()?;
        }
        self.start()
    }

    /// Pauses the process and all its descendants with SIGSTOP, also those that have left its process group or session. When it returns,
    /// none of their threads does anything any more. The kernel still accepts connections to its ports, which get no answer. See
    /// [`Instance::pause`](crate::Instance::pause) for what is guaranteed.
    ///
    /// A paused process counts as [`running`](Self::running), and its [`state`](Self::state) is [`State::Paused`]. [`stop`](Self::stop) and
    /// dropping the executor resume it so that it can end; [`kill`](Self::kill) ends it at once; [`start`](Self::start) resumes it. A
    /// [`wait_for`](Self::wait_for) takes all its time.
    ///
    /// Blocks the thread for milliseconds, at most for 10 s.
    ///
    /// # Errors
    ///
    /// If the process is not running, or if a descendant may not be signalled, since it has changed its user; all go on then.
    pub fn pause(&mut self) -> Result<&mut Self> {
        self.given("pause")?.pause()?;
        Ok(self)
    }

    /// Resumes the process and all its descendants with SIGCONT. They go on if they are not paused.
    ///
    /// # Errors
    ///
    /// If the process is not running.
    pub fn resume(&mut self) -> Result<&mut Self> {
        self.given("resume")?.resume()?;
        Ok(self)
    }

    /// Pauses the process, runs the closure and resumes the process, also if the closure panics.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause) before the closure runs, and as [`resume`](Self::resume) after it.
    pub fn paused<T>(&mut self, outage: impl FnOnce() -> T) -> Result<T> {
        let paused = Paused::begin(self.given("pause")?)?;
        let result = outage();
        paused.end()?;
        Ok(result)
    }

    /// A paused process cannot show that it is ready.
    pub(super) fn resume_if_paused(&mut self) -> Result<()> {
        match self.state() {
            Ok(State::Paused) => self.resume().map(drop),
            _ => Ok(()),
        }
    }

    fn given(&self, doing: &str) -> Result<&Given> {
        match &self.started {
            Some(started) => Ok(started.instance.given()),
            None => Err(self.not_started(doing)),
        }
    }
}
