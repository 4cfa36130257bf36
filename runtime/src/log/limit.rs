//! Keeping only the newest part of a log.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};

/// What file systems allocate is a multiple of this.
const BLOCK: u64 = 4096;

/// Discards all but the newest `limit` bytes of a file, once it is a quarter larger.
///
/// The daemon can write meanwhile and notices nothing: offsets stay valid, and the discarded part becomes a hole. On a file system without
/// holes the file is rewritten, and what is written at that moment may be lost.
pub(super) fn keep_newest(path: &Path, limit: u64) -> io::Result<()> {
    let limit = limit.max(BLOCK);
    let found = fs::metadata(path)?;
    if found.blocks() * 512 <= limit.saturating_add(limit / 4) {
        return Ok(());
    }
    let old = found.len().saturating_sub(limit) / BLOCK * BLOCK;
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
    match fallocate(&file, hole, 0, i64::try_from(old).unwrap_or(i64::MAX)) {
        Ok(()) => Ok(()),
        Err(Errno::EOPNOTSUPP) => write_anew(file, old),
        Err(errno) => Err(errno.into()),
    }
}

/// Leaves of the file only what comes after `old`.
fn write_anew(mut file: File, old: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(old))?;
    let mut kept = Vec::new();
    io::Read::read_to_end(&mut file, &mut kept)?;
    file.set_len(0)?;
    file.write_all(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(limit: u64, shrink: impl Fn(&Path, u64), size: u64) {
        let path =
            std::env::temp_dir().join(format!("fixtured-limit-{limit}-{}", std::process::id()));
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        for number in 0..20_000 {
            writeln!(file, "line {number:07}").unwrap();
        }
        shrink(&path, limit);
        writeln!(file, "the end").unwrap();
        let found = fs::metadata(&path).unwrap();
        assert_eq!(found.len(), size);
        assert!(
            found.blocks() * 512 <= limit + 2 * BLOCK,
            "{}",
            found.blocks()
        );
        let mut text = String::new();
        io::Read::read_to_string(
            &mut super::super::OutputFile::open(&path, 0).unwrap(),
            &mut text,
        )
        .unwrap();
        // It starts with a whole line, and nothing is missing from there on.
        let first: u64 = text
            .lines()
            .next()
            .unwrap()
            .strip_prefix("line ")
            .unwrap()
            .parse()
            .unwrap();
        let wanted: String = (first..20_000)
            .map(|number| format!("line {number:07}\n"))
            .collect();
        assert_eq!(text, wanted + "the end\n");
        assert!(text.len() as u64 + 2 * BLOCK > limit);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_newest_lines_are_kept_where_they_are() {
        check(
            16 * BLOCK,
            |path, limit| keep_newest(path, limit).unwrap(),
            20_000 * 13 + 8,
        );
    }

    #[test]
    fn without_holes_the_file_becomes_short() {
        let old = (20_000 * 13 - 20 * BLOCK) / 13 * 13;
        let size = 20_000 * 13 - old + 8;
        check(
            20 * BLOCK,
            |path, _| {
                write_anew(
                    OpenOptions::new()
                        .read(true)
                        .append(true)
                        .open(path)
                        .unwrap(),
                    old,
                )
                .unwrap()
            },
            size,
        );
    }

    #[test]
    fn a_log_below_the_limit_is_left_alone() {
        let path = std::env::temp_dir().join(format!("fixtured-limit-none-{}", std::process::id()));
        fs::write(&path, "short").unwrap();
        keep_newest(&path, 0).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
        fs::remove_file(&path).unwrap();
    }
}
