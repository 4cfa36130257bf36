//! What a start needs.

use std::os::fd::BorrowedFd;
use std::sync::Arc;

use super::phase::Phase;
use super::prepared::Prepared;
use super::said::Said;
use crate::directory::Directories;
use crate::launch::Launch;
use crate::log::Logs;
use crate::process::{Environment, Spawner};
use crate::template::{Original, Templates};

/// What a start needs besides the launch.
pub(crate) struct Start<'a> {
    pub(crate) launch: &'a Launch,
    /// What was asked for, of whose alternatives the launch is one.
    pub(crate) asked: &'a Launch,
    /// The environment of the test that asks.
    pub(crate) environment: &'a Environment,
    pub(crate) spawner: &'a Spawner,
    pub(crate) directories: &'a Directories,
    pub(crate) logs: &'a Logs,
    pub(crate) templates: &'a Templates,
    /// What the daemon starts from, if its launch has a seed.
    pub(crate) original: Option<Arc<Original>>,
    pub(crate) prepared: Prepared,
    pub(crate) said: &'a Said,
    /// Descriptors whose other end is closed when the daemon is no longer needed.
    pub(crate) unwanted: Vec<BorrowedFd<'a>>,
    /// Told how far the start has come.
    pub(crate) told: &'a (dyn Fn(Phase) + Sync),
}
