//! What a template consists of.

use std::ffi::{OsStr, OsString};
use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::directory::Dir;

/// The first word of a manifest. Another number means another form, which is not understood and so made again.
pub(super) const FORM: &str = "fixtured-1";

/// All that a directory holds: directories before what is in them, and the files of each together.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Manifest {
    pub(super) directories: Vec<Entry>,
    pub(super) files: Vec<Entry>,
}

/// One file or directory.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// From the directory on.
    pub(super) path: PathBuf,
    pub(super) mode: u32,
    /// Of a file.
    pub(super) size: u64,
    /// When a file was written. Whole seconds outlast a copy by any tool that keeps times.
    pub(super) time: i64,
}

impl Entry {
    pub(super) fn of(path: PathBuf, found: &Metadata) -> Self {
        let of_file = found.is_file();
        Self {
            path,
            mode: found.mode() & 0o7777,
            size: if of_file { found.len() } else { 0 },
            time: if of_file { found.mtime() } else { 0 },
        }
    }

    /// How a file differs from what it was.
    pub(super) fn differs(&self, found: &Metadata) -> Option<String> {
        let now = Self::of(PathBuf::new(), found);
        let what = if now.size != self.size {
            format!("has {} bytes instead of {}", now.size, self.size)
        } else if now.mode != self.mode {
            format!("has the mode {:o} instead of {:o}", now.mode, self.mode)
        } else if now.time != self.time {
            "was modified".into()
        } else {
            return None;
        };
        Some(format!("`{}` {what}", self.path.display()))
    }
}

impl Manifest {
    /// Of a directory as it is now, in which there may be nothing but files and directories.
    pub(super) fn of(root: &Dir) -> io::Result<Self> {
        Self::leaving_out(root, |_| false)
    }

    /// The same without the sockets and FIFOs that a server has left.
    pub(super) fn without_sockets(root: &Dir) -> io::Result<Self> {
        Self::leaving_out(root, |kind| kind.is_socket() || kind.is_fifo())
    }

    fn leaving_out(root: &Dir, is_left_out: impl Fn(FileType) -> bool) -> io::Result<Self> {
        let mut manifest = Self::default();
        manifest
            .directories
            .push(Entry::of(PathBuf::new(), &root.metadata()?));
        let mut next = 0;
        while let Some(above) = manifest.directories.get(next).map(|it| it.path.clone()) {
            next += 1;
            let dir = enter(root, &above)?;
            for name in dir.names()? {
                let path = above.join(&name);
                // Links are not followed.
                let found = std::fs::symlink_metadata(dir.path().join(&name))?;
                let entry = Entry::of(path, &found);
                if found.is_dir() {
                    manifest.directories.push(entry);
                } else if found.is_file() {
                    manifest.files.push(entry);
                } else if !is_left_out(found.file_type()) {
                    let what = format!("`{}` is neither file nor directory", entry.path.display());
                    return Err(io::Error::other(what));
                }
            }
        }
        Ok(manifest)
    }

    /// How many bytes its files have.
    pub(super) fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let count = self.directories.len() + self.files.len();
        let mut bytes = format!("{FORM} {} {count}\0", self.size()).into_bytes();
        let all = self.directories.iter().map(|it| ('d', it));
        for (kind, entry) in all.chain(self.files.iter().map(|it| ('f', it))) {
            let Entry {
                path,
                mode,
                size,
                time,
            } = entry;
            bytes.extend(format!("{kind} {mode} {size} {time} ").into_bytes());
            bytes.extend(path.as_os_str().as_bytes());
            bytes.push(0);
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has written, if it is all there.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (_, count) = header(bytes)?;
        let mut manifest = Self::default();
        // What follows the last NUL is what was cut off.
        let mut parts = bytes.strip_suffix(b"\0")?.split(|byte| *byte == 0).skip(1);
        for part in parts.by_ref() {
            let mut words = part.splitn(5, |byte| *byte == b' ');
            let kind = words.next()?;
            let entry = Entry {
                mode: number(words.next()?)?,
                size: number(words.next()?)?,
                time: number(words.next()?)?,
                path: OsString::from_vec(words.next()?.to_vec()).into(),
            };
            match kind {
                b"d" => manifest.directories.push(entry),
                b"f" => manifest.files.push(entry),
                _ => return None,
            }
        }
        (manifest.directories.len() + manifest.files.len() == count).then_some(manifest)
    }
}

/// How many bytes the files of a template have, and how many entries it has: the beginning of its manifest.
pub(super) fn header(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = bytes.split(|byte| *byte == 0).next()?;
    let mut words = first.split(|byte| *byte == b' ');
    (words.next()? == FORM.as_bytes()).then_some(())?;
    Some((number(words.next()?)?, number(words.next()?)?))
}

fn number<T: FromStr>(word: &[u8]) -> Option<T> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A directory below another one, without following a link on the way.
pub(super) fn enter(root: &Dir, path: &Path) -> io::Result<Dir> {
    let mut names = path.iter();
    let first = names.next().unwrap_or(OsStr::new("."));
    names.try_fold(root.enter(first)?, |dir, name| dir.enter(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let entry = |path: &str, size| Entry {
            path: path.into(),
            mode: 0o600,
            size,
            time: 1,
        };
        Manifest {
            directories: vec![entry("", 0), entry("a b", 0)],
            files: vec![entry("a b/c d\ne", 7), entry("f", 1)],
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let bytes = manifest().to_bytes();
        assert_eq!(Manifest::parse(&bytes), Some(manifest()));
        assert_eq!(header(&bytes), Some((8, 4)));
    }

    #[test]
    fn a_part_of_it_is_none() {
        let bytes = manifest().to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(Manifest::parse(&bytes[..length]), None, "{length}");
        }
        let other = [b"fixtured-0", &bytes[FORM.len()..]].concat();
        assert_eq!(Manifest::parse(&other), None);
    }
}
