//! Files with holes.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

/// The blocks that file systems have.
const BLOCK: usize = 4096;

static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// The first part of a file of this size that is not a hole, at this position or behind it.
pub(super) fn next_part(file: &File, from: u64, size: u64) -> io::Result<Option<Range<u64>>> {
    if from >= size {
        return Ok(None);
    }
    let seek = |from: u64, what| {
        let from = i64::try_from(from).map_err(io::Error::other)?;
        match lseek(file, from, what) {
            Ok(found) => Ok(u64::try_from(found).unwrap_or(size).min(size)),
            // There is nothing but a hole.
            Err(Errno::ENXIO) => Ok(size),
            Err(errno) => Err(io::Error::from(errno)),
        }
    };
    let start = seek(from, Whence::SeekData)?;
    if start == size {
        return Ok(None);
    }
    Ok(Some(start..seek(start, Whence::SeekHole)?))
}

/// Writes to a new file at this position and leaves out blocks of zeros. Databases reserve room by writing zeros, which would take time and
/// memory for each copy. The file may have to be made longer afterwards.
pub(super) fn write(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let (mut start, mut end) = (0, 0);
    for block in bytes.chunks(BLOCK) {
        // Comparing whole blocks is fast without optimisation too.
        if ZEROS.get(..block.len()) == Some(block) {
            write_part(file, bytes, start..end, at)?;
            start = end + block.len();
        }
        end += block.len();
    }
    write_part(file, bytes, start..end, at)
}

fn write_part(file: &File, bytes: &[u8], part: Range<usize>, at: u64) -> io::Result<()> {
    let position = at + part.start as u64;
    match bytes.get(part) {
        None | Some([]) => Ok(()),
        Some(part) => file.write_all_at(part, position),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn what_is_written_is_the_same_and_zeros_take_no_room() {
        let path = std::env::temp_dir().join(format!("fixtured-holes-{}", std::process::id()));
        let part = |byte: u8, length: usize| vec![byte; length];
        for (parts, blocks) in [
            (vec![], 0),
            (vec![part(1, 10)], 1),
            (vec![part(0, 10)], 0),
            (vec![part(1, BLOCK), part(0, 100 * BLOCK), part(2, 3)], 2),
            (vec![part(0, 50 * BLOCK + 1), part(2, BLOCK), part(0, 9)], 2),
        ] {
            let bytes = parts.concat();
            let file = File::create(&path).unwrap();
            write(&file, &bytes, 0).unwrap();
            file.set_len(bytes.len() as u64).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert!(file.metadata().unwrap().blocks() * 512 <= blocks * BLOCK as u64);
            let size = bytes.len() as u64;
            let (mut from, mut data) = (0, 0);
            while let Some(part) = next_part(&File::open(&path).unwrap(), from, size).unwrap() {
                data += part.end - part.start;
                from = part.end;
            }
            assert!(data <= blocks * BLOCK as u64);
        }
        fs::remove_file(&path).unwrap();
    }
}
