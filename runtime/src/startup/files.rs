//! Files that a launch has written before its processes start.

use std::io;
use std::path::Path;

use super::running::Running;
use crate::directory::{self, InstanceDir};
use crate::process::{User, act_as};

impl Running {
    /// Writes a file that only its owner can read, and creates missing parent directories. Files in a server's directory are written with the
    /// rights of the server's user, who owns them, so that root follows no link of a server. Elsewhere this process writes, without following
    /// links of other users or writing to their files.
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
        self.dir_of(path)?.user()
    }

    /// That of the instance's directories in which a path is.
    pub(super) fn dir_of(&self, path: &Path) -> Option<&InstanceDir> {
        self.dirs.iter().find(|dir| path.starts_with(dir.path()))
    }
}
