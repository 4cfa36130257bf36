//! Reading a log of which only the newest part is kept.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

use crate::directory;

/// The output of a process from some position on, including what it prints later.
///
/// At its end, reading returns nothing until more is printed. If the process has printed more than its limit, reading skips the discarded
/// part and continues with the next whole line.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// Whether the line at this place has lost its start.
    cut: bool,
}

impl OutputFile {
    /// A link that others have put there is not followed: the user may have chosen a file where a server can write.
    pub(crate) fn open(path: &Path, from: u64) -> io::Result<Self> {
        let mut file = directory::read(path)?;
        file.seek(SeekFrom::Start(from))?;
        Ok(Self { file, cut: false })
    }

    /// The same, with the first line from there on: what is left of one that has begun before is passed over.
    pub(crate) fn open_at_line(path: &Path, from: u64) -> io::Result<Self> {
        let mut output = Self::open(path, from)?;
        let mut before = [b'\n'];
        if let Some(at) = from.checked_sub(1) {
            output.file.read_at(&mut before, at)?;
        }
        output.cut = before != [b'\n'];
        Ok(output)
    }

    /// A path to this very file, whatever its own leads to now. It is valid as long as this exists.
    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.file.as_raw_fd()).into()
    }

    /// Goes to the first byte from here on that is kept, and returns where that is; `None` at the end.
    fn kept(&mut self) -> io::Result<Option<u64>> {
        let here = self.file.stream_position()?;
        let length = self.file.metadata()?.len();
        let kept = if here > length {
            // The file has been written anew.
            0
        } else if here == length {
            return Ok(None);
        } else {
            match seek_data(&self.file, here) {
                Ok(kept) => kept,
                Err(Errno::ENXIO) => return Ok(None),
                // The file system has no holes.
                Err(Errno::EINVAL) => here,
                Err(errno) => return Err(errno.into()),
            }
        };
        self.cut |= kept != here;
        Ok(Some(self.file.seek(SeekFrom::Start(kept))?))
    }
}

fn seek_data(file: &File, from: u64) -> nix::Result<u64> {
    let found = lseek(
        file.as_fd(),
        i64::try_from(from).unwrap_or(i64::MAX),
        Whence::SeekData,
    )?;
    Ok(found.unsigned_abs())
}

/// What one step of reading came to.
pub(crate) enum Piece {
    /// This much has been read.
    Read(usize),
    /// What was there belongs to a line that has lost its start.
    Skipped,
    End,
}

impl OutputFile {
    /// Reads a piece, or passes over one. It does not go on for as long as a process prints.
    pub(crate) fn piece(&mut self, buffer: &mut [u8]) -> io::Result<Piece> {
        let Some(from) = self.kept()? else {
            return Ok(Piece::End);
        };
        let read = self.file.read(buffer)?;
        // What was discarded while it was read came as zeros.
        if read > 0 && seek_data(&self.file, from).is_ok_and(|kept| kept != from) {
            self.file.seek(SeekFrom::Start(from))?;
            return Ok(Piece::Skipped);
        }
        self.file.seek(SeekFrom::Start(from + read as u64))?;
        if read == 0 {
            return Ok(Piece::End);
        }
        if !self.cut {
            return Ok(Piece::Read(read));
        }
        let Some(length) = line_length(buffer.get(..read).unwrap_or_default()) else {
            return Ok(Piece::Skipped);
        };
        self.cut = false;
        buffer.copy_within(length..read, 0);
        match read - length {
            0 => Ok(Piece::Skipped),
            rest => Ok(Piece::Read(rest)),
        }
    }
}

/// How long the first line of this is, with its end; `None` if it does not end here.
pub(crate) fn line_length(bytes: &[u8]) -> Option<usize> {
    // The standard library looks for it some hundred times faster than a loop that was not optimised.
    let mut rest = bytes;
    let length = rest.skip_until(b'\n').ok()?;
    (length > 0 && bytes.get(length - 1) == Some(&b'\n')).then_some(length)
}

impl Read for OutputFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A process that prints without end must not block a reader that waits for the start of a line.
        let end = self.file.metadata()?.len();
        loop {
            match self.piece(buffer)? {
                Piece::Read(read) => return Ok(read),
                Piece::End => return Ok(0),
                Piece::Skipped if self.file.stream_position()? >= end => return Ok(0),
                Piece::Skipped => {}
            }
        }
    }
}

/// Positions are those in all that was ever printed.
impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.cut = false;
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_line_that_has_begun_before_is_passed_over() {
        let path = std::env::temp_dir().join(format!("fixtured-reader-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        file.write_all(b"one\ntwo").unwrap();
        let read = |output: &mut OutputFile| {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            text
        };
        for (from, wanted) in [(0, "one\ntwo"), (2, "two"), (4, "two"), (5, "")] {
            let mut output = OutputFile::open_at_line(&path, from).unwrap();
            assert_eq!(read(&mut output), wanted, "{from}");
        }
        // It may end later.
        let mut output = OutputFile::open_at_line(&path, 7).unwrap();
        assert_eq!(read(&mut output), "");
        file.write_all(b" and").unwrap();
        assert_eq!(read(&mut output), "");
        file.write_all(b" more\nthree").unwrap();
        assert_eq!(read(&mut output), "three");
        std::fs::remove_file(&path).unwrap();
    }
}
