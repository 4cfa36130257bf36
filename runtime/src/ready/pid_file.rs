//! Ready when a file exists.

use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use super::unix_socket::Appears;
use super::{Check, Readiness};
use crate::deadline::Deadline;

/// Ready when the file exists.
pub(crate) struct PidFile {
    path: PathBuf,
    appears: Appears,
}

impl PidFile {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            appears: Appears::new(&path),
            path,
        }
    }
}

impl Readiness for PidFile {
    fn check(&mut self, _: Deadline) -> Check {
        if self.appears.look() {
            Check::Ready
        } else {
            Check::NotYet(format!("{}: no such file", self.path.display()))
        }
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        self.appears.wakes()
    }
}
