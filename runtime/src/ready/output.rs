//! Ready when a line of output matches.

use std::io::{self, Seek};
use std::path::PathBuf;

use regex::bytes::Regex;

use super::pattern::pattern;
use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::error::Invalid;
use crate::instance::Stream;
use crate::log::{OutputFile, Piece, line_length};
use crate::process::{Interest, Watch};

/// How many pieces of a file one look reads at most, so that a process which prints without end is still looked after meanwhile.
const PIECES: usize = 16;

/// A line longer than this is matched in pieces, which overlap by as much as a match is expected to need.
const LONGEST_LINE: usize = 64 << 10;
const OVERLAP: usize = 1 << 10;

/// Ready when a line that the process writes matches a regular expression. The last line counts as soon as it matches, even if it
/// does not end yet: a prompt never does.
pub(crate) struct Output {
    wanted: String,
    pattern: Option<Regex>,
    files: Vec<Tail>,
    /// Without one, as when this user has too many already, the files are read at short intervals.
    watch: Option<Watch>,
    found: Option<Stream>,
    /// Whether there is more to read already.
    behind: bool,
}

/// A file that grows.
struct Tail {
    path: PathBuf,
    file: OutputFile,
    /// What has been read of the line that does not end yet.
    line: Vec<u8>,
    /// Where that starts.
    at: u64,
    /// How much of it is known not to match, so that nothing is matched again with every byte that is added.
    known: usize,
}

impl Output {
    pub(crate) fn new(wanted: String) -> Self {
        Self {
            wanted,
            pattern: None,
            files: Vec::new(),
            watch: None,
            found: None,
            behind: false,
        }
    }
}

fn banner(wanted: &str) -> Result<Regex, String> {
    match wanted {
        "" => Err(Invalid::EmptyOutput.into()),
        wanted => pattern(wanted, true).map_err(|error| {
            let error = &error;
            Invalid::Regex {
                pattern: wanted,
                error,
            }
            .into()
        }),
    }
}

fn watch(files: &[Tail]) -> Option<Watch> {
    let (first, rest) = files.split_first()?;
    let mut watch = Watch::new(&first.file.path()).ok()?;
    rest.iter()
        .try_for_each(|tail| watch.add(&tail.file.path()))
        .ok()?;
    Some(watch)
}

impl Probe for Output {
    fn problem(&self) -> Option<String> {
        banner(&self.wanted).err()
    }

    fn begin(&mut self, output: &[Stream]) -> Result<(), String> {
        self.pattern = Some(banner(&self.wanted)?);
        let open = |stream: &Stream| Tail::open(stream);
        let files: io::Result<_> = output.iter().map(open).collect();
        self.files = files.map_err(|error| format!("its log cannot be read: {error}"))?;
        self.watch = watch(&self.files);
        Ok(())
    }

    fn check(&mut self, until: Deadline) -> Check {
        if let Some(watch) = &self.watch {
            watch.clear();
        }
        self.behind = false;
        let Some(pattern) = &self.pattern else {
            return Check::Failed("its output was never opened".into());
        };
        for tail in &mut self.files {
            match tail.find(pattern, until) {
                Ok(Found::Line(from)) => {
                    let path = tail.path.clone();
                    self.found = Some(Stream { path, from });
                    return Check::Ready;
                }
                Ok(Found::End) => {}
                Ok(Found::More) => self.behind = true,
                Err(error) => return Check::Failed(format!("cannot read its output: {error}")),
            }
        }
        Check::NotYet(format!("no line of its output matched `{}`", self.wanted))
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        let watch = self.watch.as_ref().filter(|_| !self.behind);
        let changes = watch.and_then(Watch::changes);
        changes.map(Interest::readable).into_iter().collect()
    }

    fn after(&self) -> Option<Stream> {
        self.found.clone()
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
    fn open(Stream { path, from }: &Stream) -> io::Result<Self> {
        Ok(Self {
            path: path.clone(),
            file: OutputFile::open(path, *from)?,
            line: Vec::new(),
            at: *from,
            known: 0,
        })
    }

    /// Reads what has been written since, up to the first line that matches.
    fn find(&mut self, pattern: &Regex, until: Deadline) -> io::Result<Found> {
        let mut piece = [0; 16 * 1024];
        for _ in 0..PIECES {
            if until.has_passed() {
                break;
            }
            let read = match self.file.piece(&mut piece)? {
                Piece::Read(read) => read,
                Piece::Skipped => continue,
                Piece::End => {
                    return Ok(match self.matches_so_far(pattern) {
                        true => Found::Line(self.at + self.line.len() as u64),
                        false => Found::End,
                    });
                }
            };
            let starts = self.file.stream_position()?.saturating_sub(read as u64);
            if starts != self.at + self.line.len() as u64 {
                // What came between is no longer kept.
                self.begin_line(starts);
            }
            let mut rest = piece.get(..read).unwrap_or_default();
            while let Some(length) = line_length(rest) {
                let (line, after) = rest.split_at(length);
                rest = after;
                let ends = self.at + (self.line.len() + line.len()) as u64;
                if self.line_matches(line, pattern) {
                    return Ok(Found::Line(ends));
                }
                self.begin_line(ends);
            }
            self.line.extend(rest);
            if self.line.len() > LONGEST_LINE {
                if self.matches_so_far(pattern) {
                    return Ok(Found::Line(self.at + self.line.len() as u64));
                }
                let old = self.line.len() - OVERLAP;
                self.line.drain(..old);
                self.at += old as u64;
                self.known = OVERLAP;
            }
        }
        Ok(Found::More)
    }

    fn begin_line(&mut self, at: u64) {
        self.line.clear();
        (self.at, self.known) = (at, 0);
    }

    /// Returns whether the line matches that has now got its end.
    fn line_matches(&mut self, end: &[u8], pattern: &Regex) -> bool {
        if self.line.is_empty() {
            return pattern.is_match(end.trim_ascii_end());
        }
        self.line.extend(end);
        let line = self.line.trim_ascii_end();
        // One that was matched in pieces has lost its start.
        let from = match self.line.len() > LONGEST_LINE {
            true => self.known.saturating_sub(OVERLAP),
            false => 0,
        };
        pattern.is_match_at(line, from.min(line.len()))
    }

    /// Returns whether the line matches that does not end yet.
    fn matches_so_far(&mut self, pattern: &Regex) -> bool {
        if self.line.len() == self.known {
            return false;
        }
        let from = self.known.saturating_sub(OVERLAP);
        self.known = self.line.len();
        pattern.is_match_at(&self.line, from)
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
        let mut output = Output::new("^ready \\d+".into());
        output.begin(&[stream(0)]).unwrap();
        assert!(matches!(output.check(Deadline::NONE), Check::NotYet(_)));
        file.write_all(b"not ready 1\nstarting\nrea").unwrap();
        assert!(matches!(output.check(Deadline::NONE), Check::NotYet(_)));
        file.write_all(b"dy 7 and more\nnext\n").unwrap();
        assert_eq!(output.check(Deadline::NONE), Check::Ready);
        let read = "not ready 1\nstarting\nready 7 and more\n".len() as u64;
        assert_eq!(output.after(), Some(stream(read)));
        std::fs::remove_file(&path).unwrap();
    }
}
