//! Copying a directory of plain files and directories, with their modes.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::fs::Permissions;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nix::errno::Errno;

use super::holes;
use super::manifest::{Entry, Manifest, enter};
use crate::directory::{Dir, give};
use crate::process::User;

/// How many threads copy: creating files is bound by the kernel's work for each, not by the disk.
const COPIERS: usize = 4;

/// How many files a thread takes at once; most are in the same directory.
const SHARE: usize = 32;

/// Why a directory could not be copied.
#[derive(Debug)]
pub(super) enum CopyError {
    /// What was to be copied is not what the manifest says.
    Source(String),
    /// It could not be written, or the system has not enough of something.
    Other(io::Error),
}

impl Display for CopyError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(what) => f.write_str(what),
            Self::Other(error) => error.fmt(f),
        }
    }
}

/// What is copied, from where, and for whom.
pub(super) struct Copying<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) from: &'a Dir,
    /// Whose the files there must be, unless it makes no difference.
    pub(super) of: Option<u32>,
    /// The owner of the copy.
    pub(super) owner: Option<&'a User>,
}

impl Copying<'_> {
    /// Copies all that the manifest lists into the new directory `name`. Each file is compared with it as it is opened. Until all is there,
    /// no other user can enter the copy.
    pub(super) fn run(&self, above: &Dir, name: &OsStr) -> Result<(), CopyError> {
        let [directories, files] = [&self.manifest.directories, &self.manifest.files];
        let to = above.make_dir(name, 0o700).map_err(CopyError::Other)?;
        for directory in directories.iter().skip(1) {
            let (dir, name) = split(&to, &directory.path).map_err(CopyError::Other)?;
            dir.make_dir(name, 0o700).map_err(CopyError::Other)?;
        }
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let copy_some = || {
            let mut buffer = Vec::new();
            while !failed.load(Ordering::Relaxed) {
                let start = next.fetch_add(SHARE, Ordering::Relaxed);
                let share = files.iter().skip(start).take(SHARE);
                if share.len() == 0 {
                    break;
                }
                self.copy_share(&to, share, &mut buffer)
                    .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let copiers = (1..COPIERS.min(files.len().div_ceil(SHARE)))
                .map(|_| std::thread::Builder::new().spawn_scoped(scope, copy_some))
                .collect::<Vec<_>>();
            let mut result = copy_some();
            // One that could not be started has nothing to say: the others do its work.
            for copier in copiers.into_iter().flatten() {
                let died = |_| {
                    Err(CopyError::Other(io::Error::other(
                        "a thread that copies died",
                    )))
                };
                result = result.and(copier.join().unwrap_or_else(died));
            }
            result
        })?;
        for directory in directories.iter().rev() {
            self.hand_over(&to, directory).map_err(CopyError::Other)?;
        }
        Ok(())
    }

    fn hand_over(&self, to: &Dir, directory: &Entry) -> io::Result<()> {
        let dir = enter(to, &directory.path)?;
        std::fs::set_permissions(dir.path(), Permissions::from_mode(directory.mode))?;
        self.owner.map_or(Ok(()), |owner| dir.give_to(owner))
    }

    fn copy_share<'e>(
        &self,
        to: &Dir,
        files: impl Iterator<Item = &'e Entry>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), CopyError> {
        let mut open: Option<(&Path, Dir, Dir)> = None;
        for file in files {
            let above = file.path.parent().unwrap_or(Path::new(""));
            let (from, to) = match &open {
                Some((path, from, to)) if *path == above => (from, to),
                _ => {
                    let from = enter(self.from, above).map_err(|error| source(above, error))?;
                    let to = enter(to, above).map_err(CopyError::Other)?;
                    let (_, from, to) = open.insert((above, from, to));
                    (&*from, &*to)
                }
            };
            self.copy_file(from, to, file, buffer)?;
        }
        Ok(())
    }

    fn copy_file(
        &self,
        from: &Dir,
        to: &Dir,
        file: &Entry,
        buffer: &mut Vec<u8>,
    ) -> Result<(), CopyError> {
        let name = file.path.file_name().unwrap_or_default();
        let failed = |error| source(&file.path, error);
        let mut open = from.read(name).map_err(failed)?;
        let found = open.metadata().map_err(failed)?;
        if let Some(difference) = file.differs(&found) {
            return Err(CopyError::Source(difference));
        }
        if self.of.is_some_and(|owner| found.uid() != owner) {
            let path = file.path.display();
            return Err(CopyError::Source(format!(
                "`{path}` belongs to another user"
            )));
        }
        let copy = to.create(name, file.mode).map_err(CopyError::Other)?;
        let mut from = 0;
        // Only what is between the holes is read.
        while let Some(part) = holes::next_part(&open, from, file.size).map_err(failed)? {
            buffer.clear();
            open.seek(SeekFrom::Start(part.start)).map_err(failed)?;
            let length = part.end - part.start;
            // One byte more would show that it has grown meanwhile.
            let more = u64::from(part.end == file.size);
            let read = (&mut open).take(length + more).read_to_end(buffer);
            if read.map_err(failed)? as u64 != length {
                let path = file.path.display();
                return Err(CopyError::Source(format!("`{path}` is being written to")));
            }
            holes::write(&copy, buffer, part.start).map_err(CopyError::Other)?;
            from = part.end;
        }
        let finish = || {
            copy.set_len(file.size)?;
            self.owner.map_or(Ok(()), |owner| give(&copy, owner))
        };
        finish().map_err(CopyError::Other)
    }
}

/// The directory of an entry, and its name there.
fn split<'p>(root: &Dir, path: &'p Path) -> io::Result<(Dir, &'p OsStr)> {
    let above = path.parent().unwrap_or(Path::new(""));
    Ok((enter(root, above)?, path.file_name().unwrap_or_default()))
}

/// What an error with the source means: that it is not as it should be, unless the system is at its limits.
fn source(path: &Path, error: io::Error) -> CopyError {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM) => CopyError::Other(error),
        _ => CopyError::Source(format!("`{}`: {error}", path.display())),
    }
}
