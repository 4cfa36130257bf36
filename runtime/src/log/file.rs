//! The log of a process: a file, or two where standard error is kept apart.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::sys::statfs::statfs;

use super::limit::keep_newest;
use super::tail::last_lines;
use crate::directory::{self, append};
use crate::error::{Cause, LogTail};
use crate::launch::Output;

/// Where a process's output goes.
#[derive(Debug)]
pub(crate) struct Log {
    /// The name of the process.
    process: String,
    path: PathBuf,
    /// How many bytes of each file are kept.
    limit: u64,
}

impl Log {
    pub(super) fn new(process: &str, path: PathBuf, limit: u64) -> Self {
        Self {
            process: process.into(),
            path,
            limit,
        }
    }

    pub(crate) fn process(&self) -> &str {
        &self.process
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that a stream of the process goes to, if there is one.
    pub(crate) fn file_of(&self, output: &Output) -> Option<PathBuf> {
        match output {
            Output::Log => Some(self.path.clone()),
            Output::Apart => Some(apart(&self.path)),
            Output::Null => None,
            Output::File(path) => Some(path.clone()),
        }
    }

    /// Opens what the process is to write to.
    pub(crate) fn open(&self, output: &Output) -> Result<File, Cause> {
        let path = self.file_of(output);
        let path = path.as_deref().unwrap_or(Path::new("/dev/null"));
        append(path, 0o600)
            .map_err(|error| Cause::io(format!("write to `{}`", path.display()), error))
    }

    /// How much has been written.
    pub(crate) fn length(&self) -> u64 {
        // It is in the session's directory, where no other user can create anything.
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// Gives back the room of what is beyond the limit.
    pub(super) fn keep_newest(&self) {
        // One that is not there has nothing to give back; and whatever else may be wrong cannot be helped here.
        let _ = keep_newest(&self.path, self.limit);
        let _ = keep_newest(&apart(&self.path), self.limit);
    }

    /// The last lines, those of standard error at the end.
    pub(crate) fn tail(&self) -> LogTail {
        tail(&self.path)
    }

    /// Removes the files.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(apart(&self.path));
    }
}

/// The file for what is kept apart from a log.
fn apart(log: &Path) -> PathBuf {
    log.with_extension("err")
}

/// The last lines of a log, those of standard error at the end.
pub(crate) fn tail(log: &Path) -> LogTail {
    let mut lines = last_lines(log, 0);
    lines.extend(last_lines(&apart(log), 0));
    LogTail {
        path: log.into(),
        lines,
        kept_by: None,
        full: is_full(log),
    }
}

/// Returns whether the file system of a file has no room left, for more bytes or for more files.
fn is_full(path: &Path) -> bool {
    statfs(path).is_ok_and(|found| {
        // Some file systems do not count their files.
        found.blocks_free() == 0 || found.files() > 0 && found.files_free() == 0
    })
}

/// How much has been written to a file.
pub(crate) fn length(path: &Path) -> u64 {
    let found = directory::stat(path);
    found.map_or(0, |file| file.st_size.unsigned_abs())
}
