//! Files that a launch has written before its processes start.

use std::io;
use std::path::Path;

use super::running::Running;
use crate::directory;
use crate::process::{User, act_as};

impl Running {
    /// Writes a file that only its owner can read, having made the directories above it that are missing. What is in the directory of
    /// a server belongs to the user that the server runs as, and it is he who writes: root does not follow where a server leads. Anywhere
    /// else this process writes, through no link that others have put there and to no file of theirs.
    pub(super) fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        act_as(self.user_of(path), || directory::write(path, text))
    }

    /// Makes a directory that only its owner can enter, and those above it that are missing; in the same way.
    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        act_as(self.user_of(path), || directory::make_all(path))
    }

    /// Removes a file, if it is there; in the same way.
    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        act_as(self.user_of(path), || match directory::remove_file(path) {
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
