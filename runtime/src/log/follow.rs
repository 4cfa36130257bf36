//! Reading a log while it grows.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::reader::OutputFile;
use crate::deadline::Deadline;
use crate::process::{Interest, Watch, wait};

/// What a log holds so far, as far as it is kept.
pub fn printed(log: &Path) -> io::Result<impl io::Read + use<>> {
    OutputFile::open(log, 0)
}

/// The lines of a log from its start on, each as soon as it is there. It ends when the log is
/// removed.
pub struct Follow {
    path: PathBuf,
    file: Option<BufReader<OutputFile>>,
    watch: Watch,
    line: Vec<u8>,
}

impl Follow {
    /// Follows a log, which need not be there yet; its directory must.
    pub fn new(log: &Path) -> io::Result<Self> {
        let directory = log.parent().unwrap_or(Path::new("/"));
        Ok(Self {
            path: log.into(),
            file: None,
            watch: Watch::new(directory)?,
            line: Vec::new(),
        })
    }

    /// A line that is complete.
    fn line(&mut self) -> Option<String> {
        if self.file.is_none() {
            self.file = OutputFile::open(&self.path, 0).ok().map(BufReader::new);
        }
        let read = self.file.as_mut()?.read_until(b'\n', &mut self.line);
        if !read.is_ok_and(|read| read > 0) || !self.line.ends_with(b"\n") {
            return None;
        }
        let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
        self.line.clear();
        Some(line)
    }
}

impl Iterator for Follow {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            // What is written from here on is a change.
            self.watch.clear();
            if let Some(line) = self.line() {
                return Some(line);
            }
            if self.file.is_some() && !self.path.exists() {
                return None;
            }
            wait(&[Interest::readable(self.watch.changes()?)], Deadline::NONE).ok()?;
        }
    }
}
