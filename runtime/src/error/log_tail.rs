//! The end of a log.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The end of a daemon's log at the time of the error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogTail {
    pub(crate) path: PathBuf,
    pub(crate) lines: Vec<String>,
    /// The process that keeps the file after the test run, until it is asked to end.
    pub(crate) kept_by: Option<u32>,
    /// Whether nothing more could be written to it.
    pub(crate) full: bool,
}

impl LogTail {
    /// The whole log file. It is removed after the test run, unless `FIXTURED_KEEP` is `failed`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last lines: at most 30 each of standard output and standard error. Empty lines are omitted.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// What follows a line that stands for so many others.
pub(crate) fn more_like_it(count: usize) -> String {
    format!(" (and {count} more lines like this one)")
}
