//! Ready when a file exists.

use std::fs;
use std::path::{Path, PathBuf};

use super::appears::Appears;
use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::process::{Holder, Identity, Interest};

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

impl Probe for PidFile {
    fn check(&mut self, _: Deadline) -> Check {
        match self.appears.look() {
            true => Check::Ready,
            false => Check::NotYet(format!("{}: no such file", self.path.display())),
        }
    }

    fn wakes(&self) -> Option<Interest<'_>> {
        self.appears.wakes()
    }

    fn by_others(&self) -> bool {
        true
    }

    fn holds_before(&mut self, _: Deadline) -> Option<(String, Option<Holder>)> {
        let there = self.path.exists();
        there.then(|| (format!("{} existed", self.path.display()), self.holder()))
    }

    fn leaves(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

impl PidFile {
    /// The process that the file names.
    fn holder(&self) -> Option<Holder> {
        let pid = fs::read_to_string(&self.path).ok()?.trim().parse().ok()?;
        Identity::of(pid).map(|found| Holder::Process(found.pid))
    }
}
