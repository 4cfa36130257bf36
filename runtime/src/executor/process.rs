//! An executor: a program, its readiness condition and its process.

use std::fmt;

use super::kind::Kind;
use super::started::Started;
use crate::daemons::Program;
use crate::error::Result;
use crate::state::State;

/// Starts one process, waits until it is ready, and stops it.
///
/// Use one of the aliases, named after the readiness condition: [`SimpleExecutor`](crate::SimpleExecutor), [`OutputExecutor`](crate::OutputExecutor),
/// [`TcpExecutor`](crate::TcpExecutor), [`UnixSocketExecutor`](crate::UnixSocketExecutor), [`HttpExecutor`](crate::HttpExecutor),
/// [`PidExecutor`](crate::PidExecutor), or [`Executor`](crate::Executor) for a custom condition.
///
/// ```no_run
/// use fixtured::HttpExecutor;
///
/// let server = HttpExecutor::new("my-server --port 8080", "http://127.0.0.1:8080/health").status(204);
/// let mut server = server.started()?;
/// // It answers requests.
/// server.stop()?;
/// # Ok::<(), fixtured::Error>(())
/// ```
///
/// Commands, addresses, paths and variables may contain the placeholders `{port}`, `{port:NAME}` and `{dir}`.
///
/// # Drop
///
/// Dropping it stops the process, and blocks the thread until the process and all its descendants are gone. After the
/// [`grace`](Self::grace) period they are killed. An error exit is ignored; call [`stop`](Self::stop) if it matters. The process is also
/// stopped if the test process ends in another way.
#[must_use = "dropping an executor stops its process"]
pub struct ExecutorOf<K> {
    pub(super) program: Program,
    pub(super) kind: K,
    /// Whether connections to it go through a wire.
    pub(super) wired: bool,
    pub(super) started: Option<Started>,
}

/// State.
impl<K: Kind> ExecutorOf<K> {
    /// Returns whether the process or any of its descendants is running.
    pub fn running(&mut self) -> bool {
        let status = |started: &Started| started.instance.hold().status();
        self.started
            .as_ref()
            .is_some_and(|started| status(started).is_ok_and(|(runs, _)| runs))
    }

    /// The state of the process: running, or how it ended.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone, and the process with it.
    pub fn state(&mut self) -> Result<State> {
        match &self.started {
            Some(started) => started.instance.state(),
            None => Ok(State::NotStarted),
        }
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
