//! What a client wants to be started.

use std::io;
use std::sync::Arc;

use super::environment::{read, read_bytes, write, write_bytes};
use super::launch_cache;
use crate::launch::Launch;
use crate::process::{Environment, environment};

/// A launch, and the environment of the client that asks for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LaunchRequest {
    pub(crate) launch: Arc<Launch>,
    pub(crate) environment: Environment,
}

impl LaunchRequest {
    /// Asks in the environment of this process.
    pub(super) fn new(launch: Launch) -> Self {
        Self {
            launch: Arc::new(launch),
            environment: environment(),
        }
    }

    /// Writes the launch, with its length before it, and the environment.
    pub(super) fn write(&self, to: &mut Vec<u8>) -> io::Result<()> {
        write_bytes(&launch_cache::write(&self.launch)?, to)?;
        write(&self.environment, to)
    }

    /// Reads what [`write`](Self::write) writes.
    pub(super) fn read(mut written: &[u8]) -> io::Result<Self> {
        Ok(Self {
            launch: launch_cache::read(read_bytes(&mut written)?)?,
            environment: read(written)?,
        })
    }
}

/// What stands for one that is still to be read.
impl Default for LaunchRequest {
    fn default() -> Self {
        Self {
            launch: Arc::new(Launch::new("")),
            environment: Environment::new(),
        }
    }
}
