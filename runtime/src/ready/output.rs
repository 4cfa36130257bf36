//! Ready when a line of output matches.

use std::io::{self, Read, Seek};
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use regex::bytes::Regex;

use super::{Check, Readiness};
use crate::deadline::Deadline;
use crate::instance::Stream;
use crate::log::OutputFile;
use crate::process::Watch;

/// How many pieces of a file one look reads at most, so that a process which prints without end is still looked after meanwhile.
const PIECES: usize = 64;

/// A line longer than this is matched in pieces.
const LONGEST_LINE: usize = 1 << 20;

/// Ready when a line that the process writes matches a regular expression. The last line counts as soon as it matches, even if it
/// does not end yet: a prompt never does.
pub(crate) struct Output {
    pattern: Regex,
    files: Vec<Tail>,
    /// Without one, as when this user has too many already, the files are read at short intervals.
    watch: Option<Watch>,
    found: Arc<OnceLock<Stream>>,
    /// Whether there is more to read already.
    behind: bool,
}

/// A file that grows.
struct Tail {
    path: PathBuf,
    file: OutputFile,
    /// What has been read of the line that does not end yet.
    line: Vec<u8>,
    /// Where that line starts.
    at: u64,
}

impl Output {
    /// Reads these from their positions on.
    pub(crate) fn new(pattern: &str, streams: &[Stream]) -> io::Result<Result<Self, regex::Error>> {
        let pattern = match Regex::new(pattern) {
            Ok(pattern) => pattern,
            Err(error) => return Ok(Err(error)),
        };
        let open = |Stream { path, from }: &Stream| {
            Ok(Tail {
                path: path.clone(),
                file: OutputFile::open(path, *from)?,
                line: Vec::new(),
                at: *from,
            })
        };
        Ok(Ok(Self {
            pattern,
            files: streams.iter().map(open).collect::<io::Result<_>>()?,
            watch: watch(streams),
            found: Arc::default(),
            behind: false,
        }))
    }

    /// What follows the matching line in its file, once there was one.
    pub(crate) fn found(&self) -> Arc<OnceLock<Stream>> {
        Arc::clone(&self.found)
    }
}

fn watch(streams: &[Stream]) -> Option<Watch> {
    let (first, rest) = streams.split_first()?;
    let mut watch = Watch::new(&first.path).ok()?;
    rest.iter()
        .try_for_each(|stream| watch.add(&stream.path))
        .ok()?;
    Some(watch)
}

impl Readiness for Output {
    fn check(&mut self, _: Deadline) -> Check {
        if let Some(watch) = &self.watch {
            watch.clear();
        }
        self.behind = false;
        for tail in &mut self.files {
            match tail.find(&self.pattern) {
                Ok(Found::Line(from)) => {
                    let path = tail.path.clone();
                    let _ = self.found.set(Stream { path, from });
                    return Check::Ready;
                }
                Ok(Found::End) => {}
                Ok(Found::More) => self.behind = true,
                Err(error) => return Check::Failed(format!("cannot read its output: {error}")),
            }
        }
        Check::NotYet(format!("no line of its output matched `{}`", self.pattern))
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        self.watch
            .as_ref()
            .filter(|_| !self.behind)
            .and_then(Watch::changes)
    }
}

/// What a look at a file found.
enum Found {
    /// The line, which ends here.
    Line(u64),
    /// No such line up to the end.
    End,
    /// No such line so far.
    More,
}

impl Tail {
    /// Reads what has been written since, up to the first line that matches.
    fn find(&mut self, pattern: &Regex) -> io::Result<Found> {
        let mut chunk = [0; 16 * 1024];
        for _ in 0..PIECES {
            let read = self.file.read(&mut chunk)?;
            if read == 0 {
                return Ok(Found::End);
            }
            let starts = self.file.stream_position()?.saturating_sub(read as u64);
            if starts != self.at + self.line.len() as u64 {
                // What came between is no longer kept.
                self.line.clear();
                self.at = starts;
            }
            self.line.extend(chunk.iter().take(read));
            while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.line.drain(..=end).collect();
                self.at += line.len() as u64;
                if pattern.is_match(line.trim_ascii_end()) {
                    return Ok(Found::Line(self.at));
                }
            }
            if pattern.is_match(&self.line) {
                return Ok(Found::Line(self.at + self.line.len() as u64));
            }
            if self.line.len() > LONGEST_LINE {
                self.at += self.line.len() as u64;
                self.line.clear();
            }
        }
        Ok(Found::More)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::*;

    #[test]
    fn the_line_that_matches_is_found_even_before_it_ends() {
        let path = std::env::temp_dir().join(format!("fixtured-output-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        let stream = |from| Stream {
            path: path.clone(),
            from,
        };
        let mut output = Output::new("^ready \\d+", &[stream(0)]).unwrap().unwrap();
        assert!(matches!(output.check(Deadline::NONE), Check::NotYet(_)));
        file.write_all(b"not ready 1\nstarting\nrea").unwrap();
        assert!(matches!(output.check(Deadline::NONE), Check::NotYet(_)));
        file.write_all(b"dy 7 and more\nnext\n").unwrap();
        assert_eq!(output.check(Deadline::NONE), Check::Ready);
        let read = "not ready 1\nstarting\nready 7 and more\n".len() as u64;
        assert_eq!(output.found().get(), Some(&stream(read)));
        std::fs::remove_file(&path).unwrap();
    }
}
