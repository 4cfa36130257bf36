//! Removing directories.

use std::fs;
use std::io;
use std::path::Path;

/// Removes a directory to which a process may still be writing.
pub(super) fn remove(path: &Path) {
    for _ in 0..1000 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

/// Removes the directory of a user in which no session is left.
pub(super) fn remove_if_empty(path: Option<&Path>) {
    if let Some(path) = path {
        let _ = fs::remove_dir(path);
    }
}
