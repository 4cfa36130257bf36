//! Files with holes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// The blocks that file systems have.
const BLOCK: usize = 4096;

static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Writes to a new file and leaves out blocks of zeros. Databases reserve room by writing zeros, which would take time and memory for each
/// copy.
pub(super) fn write(file: &File, bytes: &[u8]) -> io::Result<()> {
    let (mut start, mut end) = (0, 0);
    for block in bytes.chunks(BLOCK) {
        // Comparing whole blocks is fast without optimisation too.
        if ZEROS.get(..block.len()) == Some(block) {
            write_part(file, bytes, start, end)?;
            start = end + block.len();
        }
        end += block.len();
    }
    write_part(file, bytes, start, end)?;
    file.set_len(bytes.len() as u64)
}

fn write_part(file: &File, bytes: &[u8], start: usize, end: usize) -> io::Result<()> {
    match bytes.get(start..end) {
        None | Some([]) => Ok(()),
        Some(part) => file.write_all_at(part, start as u64),
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
            write(&file, &bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
            assert!(file.metadata().unwrap().blocks() * 512 <= blocks * BLOCK as u64);
        }
        fs::remove_file(&path).unwrap();
    }
}
