//! Reading a log of which only the newest part is kept.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::Path;

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

/// What a process has printed, from somewhere on, and what it goes on to print.
///
/// Reading at its end gives nothing until more is printed. Of a process that prints more than its limit, the part that is no longer
/// kept is passed over; reading goes on with the first whole line after it.
#[derive(Debug)]
pub struct OutputFile {
    file: File,
    /// Whether the line at this place has lost its start.
    cut: bool,
}

impl OutputFile {
    pub(crate) fn open(path: &Path, from: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
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

impl Read for OutputFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(from) = self.kept()? {
            let read = self.file.read(buffer)?;
            // What was given back while it was read came as zeros.
            if read > 0 && seek_data(&self.file, from).is_ok_and(|kept| kept != from) {
                self.file.seek(SeekFrom::Start(from))?;
                continue;
            }
            self.file.seek(SeekFrom::Start(from + read as u64))?;
            if !self.cut || read == 0 {
                return Ok(read);
            }
            let end = buffer.iter().take(read).position(|byte| *byte == b'\n');
            if let Some(end) = end {
                self.cut = false;
                buffer.copy_within(end + 1..read, 0);
                if end + 1 < read {
                    return Ok(read - end - 1);
                }
            }
        }
        Ok(0)
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
