//! A process to be started.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use super::signal::Kill;
use super::user::User;

/// A process to be started: everything is decided.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) cwd: PathBuf,
    /// Nothing to read if there is none.
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) user: Option<User>,
    /// How many descriptors it may have, if fewer than the test.
    pub(crate) descriptors: Option<u64>,
    /// How it is ended if the supervisor disappears.
    pub(crate) stop: Kill,
}
