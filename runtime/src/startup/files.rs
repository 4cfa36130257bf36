//! Files that a launch has written before its processes start.

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

use super::running::Running;
use crate::process::{User, act_as};

impl Running {
    /// Writes a file that only its owner can read, having made the directories above it that are missing. What is in the directory of
    /// a server belongs to the user that the server runs as, and it is he who writes: root does not follow where a server leads.
    pub(super) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        act_as(self.user_of(path), || {
            create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            write_private(path, text)
        })
    }

    /// Makes a directory that only its owner can enter, and those above it that are missing; in the same way.
    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        act_as(self.user_of(path), || create_dir_all(path))
    }

    /// Removes a file, if it is there; in the same way.
    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        act_as(self.user_of(path), || match std::fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        })
    }

    /// The user to whom a path in one of the instance's directories belongs, if it is not this process's.
    pub(super) fn user_of(&self, path: &Path) -> Option<&User> {
        let dir = self.dirs.iter().find(|dir| path.starts_with(dir.path()));
        dir.and_then(|dir| dir.user())
    }
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    // Opening a FIFO would wait for its other end.
    let safe = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .custom_flags(safe.bits())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("there is something that is no file"));
    }
    file.write_all(text.as_bytes())
}

fn create_dir_all(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().mode(0o700).recursive(true).create(path)
}
