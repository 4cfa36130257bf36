//! What daemons print: a file each, or two where standard error is kept apart.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Cause, LogTail};

/// How many lines of a log a message shows, and how much of its end is read for them.
const TAIL_LINES: usize = 30;
const TAIL_BYTES: u64 = 16 * 1024;

/// Where a daemon's output goes.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    path: PathBuf,
}

impl Log {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where standard error goes, if it is kept apart.
    pub(crate) fn error_path(&self) -> PathBuf {
        self.path.with_extension("err")
    }

    /// Opens the file for a process to write to.
    pub(crate) fn open(&self) -> Result<File, Cause> {
        open(&self.path)
    }

    /// Opens a file of its own for standard error.
    pub(crate) fn open_error(&self) -> Result<File, Cause> {
        open(&self.error_path())
    }

    /// How much has been written.
    pub(crate) fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// The last lines, those of standard error at the end.
    pub(crate) fn tail(&self) -> LogTail {
        let mut lines = last_lines(&self.path, 0);
        lines.extend(last_lines(&self.error_path(), 0));
        LogTail {
            path: self.path.clone(),
            lines,
        }
    }

    /// Removes the files.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(self.error_path());
    }
}

fn open(path: &Path) -> Result<File, Cause> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    file.map_err(|error| Cause::io(format!("create `{}`", path.display()), error))
}

/// The last lines of a file, of those after a position.
pub(crate) fn last_lines(path: &Path, from: u64) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(end.saturating_sub(TAIL_BYTES))))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    lines
        .iter()
        .skip(lines.len().saturating_sub(TAIL_LINES))
        .map(ToString::to_string)
        .collect()
}
