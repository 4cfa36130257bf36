//! The path that the user named.

use std::io;
use std::path::{Path, PathBuf};

use super::problem::Problem;

/// The path of a file or of a directory of migrations.
#[derive(Debug)]
pub(super) struct Root {
    /// The absolute path.
    pub(super) path: PathBuf,
    /// The path that messages show.
    pub(super) shown: PathBuf,
}

impl Root {
    /// The absolute path of what is below it; of itself if the path is empty.
    pub(super) fn join(&self, below: &Path) -> PathBuf {
        joined(&self.path, below)
    }

    /// The same as messages show it.
    pub(super) fn shown(&self, below: &Path) -> String {
        joined(&self.shown, below).display().to_string()
    }

    /// What is below it cannot be read.
    pub(super) fn unreadable(&self, below: &Path, error: &io::Error) -> Problem {
        Problem::new(self.shown(below), error.to_string())
    }
}

/// Without the slash that joining an empty path would add.
fn joined(root: &Path, below: &Path) -> PathBuf {
    match below.as_os_str().is_empty() {
        true => root.into(),
        false => root.join(below),
    }
}
