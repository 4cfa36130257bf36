//! Ready when a line of output matches.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use regex::bytes::Regex;

use super::{Check, Readiness};
use crate::process::Watch;

/// A line longer than this is matched in pieces.
const LONGEST_LINE: usize = 1 << 20;

/// Ready when a line that the process writes matches a regular expression. The last line counts as soon as it matches, even if it
/// does not end yet: a prompt never does.
pub(crate) struct Output {
    pattern: Regex,
    files: Vec<Tail>,
    watch: Option<Watch>,
    found: Arc<AtomicU64>,
}

/// A file that grows.
struct Tail {
    file: File,
    /// What has been read of the line that does not end yet.
    line: Vec<u8>,
    /// Where that line starts.
    at: u64,
}

impl Output {
    /// Reads the files from these positions on.
    pub(crate) fn new(
        pattern: &str,
        files: &[(&Path, u64)],
    ) -> io::Result<Result<Self, regex::Error>> {
        let pattern = match Regex::new(pattern) {
            Ok(pattern) => pattern,
            Err(error) => return Ok(Err(error)),
        };
        let mut watch: Option<Watch> = None;
        let tails = files.iter().map(|(path, from)| {
            match &mut watch {
                Some(watch) => watch.add(path)?,
                None => watch = Some(Watch::new(path)?),
            }
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(*from))?;
            Ok(Tail {
                file,
                line: Vec::new(),
                at: *from,
            })
        });
        let files = tails.collect::<io::Result<_>>()?;
        Ok(Ok(Self {
            pattern,
            files,
            watch,
            found: Arc::default(),
        }))
    }

    /// Where the matching line ended in its file, once there was one.
    pub(crate) fn found(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.found)
    }
}

impl Readiness for Output {
    fn check(&mut self) -> Check {
        if let Some(watch) = &self.watch {
            watch.clear();
        }
        for tail in &mut self.files {
            match tail.find(&self.pattern) {
                Ok(Some(end)) => {
                    self.found.store(end, Ordering::Relaxed);
                    return Check::Ready;
                }
                Ok(None) => {}
                Err(error) => return Check::Failed(format!("cannot read its output: {error}")),
            }
        }
        Check::NotYet(format!("no line of its output matched `{}`", self.pattern))
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        self.watch.as_ref().and_then(Watch::changes)
    }
}

impl Tail {
    /// Reads what has been written since, and returns where the first line that matches ends.
    fn find(&mut self, pattern: &Regex) -> io::Result<Option<u64>> {
        let mut chunk = [0; 16 * 1024];
        loop {
            let read = self.file.read(&mut chunk)?;
            if read == 0 {
                return Ok(None);
            }
            self.line.extend(chunk.iter().take(read));
            while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.line.drain(..=end).collect();
                self.at += line.len() as u64;
                if pattern.is_match(line.trim_ascii_end()) {
                    return Ok(Some(self.at));
                }
            }
            if pattern.is_match(&self.line) {
                return Ok(Some(self.at + self.line.len() as u64));
            }
            if self.line.len() > LONGEST_LINE {
                self.at += self.line.len() as u64;
                self.line.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_line_that_matches_is_found_even_before_it_ends() {
        let path = std::env::temp_dir().join(format!("fixtured-output-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        let mut output = Output::new("^ready \\d+", &[(&path, 0)]).unwrap().unwrap();
        assert!(matches!(output.check(), Check::NotYet(_)));
        file.write_all(b"not ready 1\nstarting\nrea").unwrap();
        assert!(matches!(output.check(), Check::NotYet(_)));
        file.write_all(b"dy 7 and more\nnext\n").unwrap();
        assert_eq!(output.check(), Check::Ready);
        assert_eq!(
            output.found().load(Ordering::Relaxed),
            "not ready 1\nstarting\nready 7 and more\n".len() as u64
        );
        std::fs::remove_file(&path).unwrap();
    }
}
