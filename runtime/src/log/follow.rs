//! Reading logs while they grow.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::daemon::ProcessLog;
use super::reader::OutputFile;
use crate::deadline::Deadline;
use crate::process::{Interest, Watch, wait};

/// What a log holds so far, as far as it is kept.
pub fn printed(log: &Path) -> io::Result<impl io::Read + use<>> {
    OutputFile::open(log, 0)
}

/// The lines of a daemon's logs from their start on, each as soon as it is there, with the name of the process that printed it. It ends
/// when the logs are removed.
pub struct Follow {
    logs: Vec<Followed>,
    watch: Watch,
}

/// One log.
struct Followed {
    process: String,
    path: PathBuf,
    file: Option<BufReader<OutputFile>>,
    line: Vec<u8>,
}

impl Follow {
    /// Follows logs, which need not be there yet; their directory must.
    pub fn new(logs: &[ProcessLog]) -> io::Result<Self> {
        let directory = logs.iter().find_map(|log| log.path.parent());
        let watch = Watch::new(directory.unwrap_or(Path::new("/")))?;
        let followed = |log: &ProcessLog| Followed {
            process: log.process.clone(),
            path: log.path.clone(),
            file: None,
            line: Vec::new(),
        };
        Ok(Self {
            logs: logs.iter().map(followed).collect(),
            watch,
        })
    }

    /// A line that is complete. The other logs come first the next time, so that one that grows fast does not hide them.
    fn line(&mut self) -> Option<(String, String)> {
        let found = self.logs.iter_mut().enumerate().find_map(|(at, log)| {
            let line = log.line()?;
            Some((at, (log.process.clone(), line)))
        });
        let (at, line) = found?;
        self.logs.rotate_left(at + 1);
        Some(line)
    }
}

impl Followed {
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

    fn is_removed(&self) -> bool {
        self.file.is_some() && !self.path.exists()
    }
}

impl Iterator for Follow {
    type Item = (String, String);

    fn next(&mut self) -> Option<(String, String)> {
        loop {
            // What is written from here on is a change.
            self.watch.clear();
            if let Some(line) = self.line() {
                return Some(line);
            }
            // They are removed together.
            if self.logs.iter().any(Followed::is_removed) {
                return None;
            }
            wait(&[Interest::readable(self.watch.changes()?)], Deadline::NONE).ok()?;
        }
    }
}
