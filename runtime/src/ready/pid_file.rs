//! Ready when a file exists.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::path_watch::{self, PathWatch};
use super::unreachable::reason;
use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::directory;
use crate::process::{Holder, Identity, Interest};

/// A longer text is not a process ID.
const LONGEST: u64 = 100;

/// Ready when the file exists.
pub(crate) struct PidFile {
    path: PathBuf,
    path_watch: PathWatch,
}

impl PidFile {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            path_watch: PathWatch::new(&path),
            path,
        }
    }
}

impl Probe for PidFile {
    fn problem(&self) -> Option<String> {
        path_watch::problem("pid file", &self.path)
    }

    fn check(&mut self, _: Deadline) -> Check {
        match self.path_watch.look() {
            Ok(()) => Check::Ready,
            Err(error) => Check::NotYet(format!("{}: {}", self.path.display(), reason(&error))),
        }
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        self.path_watch.wakes().into_iter().collect()
    }

    fn by_others(&self) -> bool {
        true
    }

    fn holds_before(&mut self, _: Deadline) -> Option<(String, Option<Holder>)> {
        let there = directory::stat(&self.path).is_ok();
        there.then(|| (format!("{} existed", self.path.display()), self.holder()))
    }

    fn leaves(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

impl PidFile {
    /// The process that the file names.
    fn holder(&self) -> Option<Holder> {
        let mut text = String::new();
        // Whoever wrote it may have put anything there.
        let file = directory::read(&self.path).ok()?;
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        let pid = text.trim().parse().ok()?;
        Identity::of(pid).map(|found| Holder::Process(found.pid))
    }
}
