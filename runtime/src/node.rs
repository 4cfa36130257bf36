//! One process of several.

use std::fmt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Cause, Error, Result};
use crate::hold::{Hold, How};
use crate::lock::lock;
use crate::state::State;

/// One process of a daemon that has several, such as a node of a cluster.
///
/// A test can stop and start the processes of a dedicated instance (`scope = "test"`, or [`Acquire::start`](crate::Acquire::start)).
/// The others keep running, and the stopped process keeps its ports, its directory and its data.
///
/// ```no_run
/// use fixtured::{Acquire, daemons};
///
/// # fn main() -> fixtured::Result<()> {
/// # let cluster = daemons::redis().start()?;
/// cluster.node(2).stop()?;
/// // … the others keep running …
/// cluster.node(2).start()?;
/// # Ok(())
/// # }
/// ```
pub struct Node<'a> {
    hold: &'a Mutex<dyn Hold>,
    /// The process ID of the main process, whichever that is after a start.
    main: &'a AtomicU32,
    daemon: &'a str,
    name: String,
    log: Option<&'a Path>,
}

impl<'a> Node<'a> {
    pub(crate) fn new(
        hold: &'a Mutex<dyn Hold>,
        main: &'a AtomicU32,
        daemon: &'a str,
        name: &str,
        log: Option<&'a Path>,
    ) -> Self {
        Self {
            hold,
            main,
            daemon,
            name: name.into(),
            log,
        }
    }

    /// The name of the process.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Stops the process with the signals of the daemon's definition, and waits until it and its descendants are gone. Does nothing if it is
    /// not running.
    ///
    /// # Errors
    ///
    /// If the daemon is shared, if it has no process of this name, or if the process exits with an error; it is gone then too.
    pub fn stop(&self) -> Result<()> {
        self.with(|hold| hold.stop(Some(&self.name), How::default()))
    }

    /// Kills the process and its descendants with SIGKILL, paused or not, and waits until they are gone. How they exit is ignored. Does
    /// nothing if it is not running. [`Instance::kill`](crate::Instance::kill) says what is left of its data.
    ///
    /// # Errors
    ///
    /// If the daemon is shared, if it has no process of this name, or if a process cannot be killed.
    pub fn kill(&self) -> Result<()> {
        self.with(|hold| hold.kill(Some(&self.name)))
    }

    /// Starts the process again and waits until it is ready. If it is running or paused, it is stopped first.
    ///
    /// # Errors
    ///
    /// If the daemon is shared, if it has no process of this name, or if the process does not become ready; it is stopped then.
    pub fn start(&self) -> Result<()> {
        let facts = self.with(|hold| hold.start(Some(&self.name)))?;
        self.main.store(facts.pid, Ordering::Relaxed);
        Ok(())
    }

    /// Stops the process and starts it again, and waits until it is ready. [`start`](Self::start) does the same to one that is running.
    ///
    /// # Errors
    ///
    /// As [`stop`](Self::stop), except that a process that has crashed is just started again; then as [`start`](Self::start).
    pub fn restart(&self) -> Result<()> {
        self.start()
    }

    /// Pauses the process with all its descendants, as [`Instance::pause`](crate::Instance::pause) does with the whole daemon. The others
    /// go on, and find that it does not answer.
    ///
    /// # Errors
    ///
    /// If the daemon is shared, if it has no process of this name, if the process is not running, or if a descendant may not be signalled;
    /// it goes on then.
    pub fn pause(&self) -> Result<()> {
        self.with(|hold| hold.pause(Some(&self.name)))
    }

    /// Resumes the process with all its descendants. They go on if they are not paused.
    ///
    /// # Errors
    ///
    /// If the daemon is shared, if it has no process of this name, or if the process is not running.
    pub fn resume(&self) -> Result<()> {
        self.with(|hold| hold.resume(Some(&self.name)))
    }

    /// The state of the process: running, paused, or how it ended, by a crash or when it was stopped.
    ///
    /// # Errors
    ///
    /// If the daemon has no process of this name, or the supervisor is gone.
    pub fn state(&self) -> Result<State> {
        self.with(|hold| hold.state_of(Some(&self.name)))
    }

    /// Returns whether the process is running.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn runs(&self) -> Result<bool> {
        Ok(self.found()?.is_some_and(|(_, runs)| runs))
    }

    /// The process ID.
    ///
    /// # Errors
    ///
    /// If the process has been stopped, or if there is none of this name.
    pub fn pid(&self) -> Result<u32> {
        let found = self.found()?.map(|(pid, _)| pid);
        found.ok_or_else(|| self.not_found("none of this name has been started"))
    }

    /// The log file of this process. It stays while the process is stopped. It is removed with the instance, or with the session if the
    /// daemon is shared.
    ///
    /// # Errors
    ///
    /// If the daemon has no process of this name.
    pub fn log(&self) -> Result<&'a Path> {
        self.log
            .ok_or_else(|| self.not_found("it has none of this name"))
    }

    fn not_found(&self, reason: &'static str) -> Error {
        let doing = format!("find the process `{}` of `{}`", self.name, self.daemon);
        Cause::io(doing, reason).into()
    }

    fn found(&self) -> Result<Option<(u32, bool)>> {
        let processes = self.with(|hold| hold.processes())?;
        let of_name = processes.into_iter().find(|(name, ..)| *name == self.name);
        Ok(of_name.map(|(_, pid, runs)| (pid, runs)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut dyn Hold) -> Result<T>) -> Result<T> {
        work(&mut *lock(self.hold))
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("daemon", &self.daemon)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
