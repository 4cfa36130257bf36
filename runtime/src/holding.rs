//! Daemons held by the command line while something else uses them.

use std::sync::OnceLock;

use crate::error::Result;
use crate::instance::Instance;
use crate::launch::Launch;
use crate::session;
use crate::startup::Phase;
use crate::supervisor::{Address, Lease, SupervisorProcess};

/// A session of which this process is the runner.
#[derive(Debug)]
pub struct Session {
    address: &'static Address,
    supervisor: OnceLock<SupervisorProcess>,
}

/// A daemon that has been requested.
#[derive(Debug)]
pub struct Holding(Lease);

impl Session {
    /// Begins a session. It must be the first use of this crate in the process.
    pub fn begin() -> Result<Self> {
        Ok(Self {
            address: session::begin()?,
            supervisor: OnceLock::new(),
        })
    }

    /// The variable by which processes find this session, and its value.
    pub fn variable(&self) -> (&'static str, String) {
        (session::SESSION, self.address.runner.pid.to_string())
    }

    /// Asks for a daemon without waiting for it. As long as it is held, tests of the session that ask for the same use it, even if each
    /// would otherwise have a dedicated server.
    pub fn hold(&self, launch: Launch) -> Result<Holding> {
        let lease = Lease::hold(self.address, launch)?;
        if self.supervisor.get().is_none() {
            // Another thread may have been first; it has found the same supervisor.
            let _ = self.supervisor.set(lease.supervisor()?);
        }
        Ok(Holding(lease))
    }

    /// Waits until the supervisor is gone, which only happens when it is asked to end or killed.
    pub fn wait(&self) -> Result<()> {
        self.supervisor
            .get()
            .map_or(Ok(()), SupervisorProcess::wait)
    }

    /// Ends the session, and waits until nothing is left of it.
    pub fn end(&self) -> Result<()> {
        self.supervisor.get().map_or(Ok(()), SupervisorProcess::end)
    }
}

impl Holding {
    /// Waits until the daemon is ready. `told` is called with each phase of the start.
    pub fn ready(mut self, told: impl FnMut(&Phase)) -> Result<Instance<Launch>> {
        let facts = self.0.held(told)?;
        Ok(Instance::new(facts, self.0))
    }
}

/// Asks a process to end, and waits until it has.
pub fn end(pid: u32) -> Result<()> {
    SupervisorProcess::new(pid.cast_signed())?.end()
}
