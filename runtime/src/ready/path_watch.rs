//! Telling when a path comes to exist.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::directory::{self, is_directory};
use crate::error::Invalid;
use crate::process::{Interest, Watch};

/// Tells when a path comes to exist.
pub(super) struct PathWatch {
    path: PathBuf,
    /// On the directory, as long as the path does not exist; without it (no such directory yet), the path is looked for at
    /// short intervals.
    watch: Option<Watch>,
    there: bool,
}

impl PathWatch {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            watch: None,
            there: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the path exists. Links of other users are not followed.
    pub(super) fn look(&mut self) -> io::Result<()> {
        match &self.watch {
            Some(watch) => watch.clear(),
            None => self.watch = watch_directory(&self.path),
        }
        let found = directory::stat(&self.path);
        self.there = found.is_ok();
        found.map(drop)
    }

    /// What becomes readable when it is worth looking again. Once the path is there, nothing does.
    pub(super) fn wakes(&self) -> Option<Interest<'_>> {
        if self.there {
            return None;
        }
        let changes = self.watch.as_ref().and_then(Watch::changes);
        changes.map(Interest::readable)
    }
}

/// Watches the directory in which a path is.
pub(super) fn watch_directory(path: &Path) -> Option<Watch> {
    let parent = directory::parent(path).ok()?;
    Watch::new(&parent.path()).ok()
}

/// What is wrong with the path of a file that is to appear.
pub(super) fn problem(what: &str, path: &Path) -> Option<String> {
    if path.as_os_str().is_empty() {
        Some(Invalid::EmptyPath(what).into())
    } else if path.as_os_str().as_bytes().contains(&0) {
        Some(Invalid::NulInPath(what, path).into())
    } else if is_directory(path) {
        Some(Invalid::PathIsDirectory(what, path).into())
    } else {
        None
    }
}

/// A path that starts from a directory; an empty one leads nowhere.
pub(super) fn below(cwd: &Path, path: String) -> PathBuf {
    match path.is_empty() {
        true => PathBuf::new(),
        false => cwd.join(path),
    }
}
