//! The end of a log.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The end of what a daemon has printed, as it was when the error happened.
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
    /// The file that holds all of it. It is removed after the test run, unless `FIXTURED_KEEP` is `failed`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its last lines, at most 30 of standard output and of standard error each; empty ones are left out.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

/// What follows a line that stands for so many others.
pub(crate) fn more_like_it(count: usize) -> String {
    format!(" (and {count} more lines like this one)")
}
