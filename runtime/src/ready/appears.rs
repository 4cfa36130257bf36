//! Telling when a path comes to exist.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::process::{Interest, Watch};

/// Tells when a path comes to exist.
pub(super) struct Appears {
    path: PathBuf,
    /// On the directory, as long as the path does not exist; without it (no such directory yet), the path is looked for at
    /// short intervals.
    watch: Option<Watch>,
    there: bool,
}

impl Appears {
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

    /// Whether the path exists.
    pub(super) fn look(&mut self) -> bool {
        match &self.watch {
            Some(watch) => watch.clear(),
            None => self.watch = watch_directory(&self.path),
        }
        self.there = self.path.exists();
        self.there
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

fn watch_directory(path: &Path) -> Option<Watch> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Watch::new(parent.unwrap_or(Path::new("."))).ok()
}

/// What is wrong with the path of a file that is to appear.
pub(super) fn problem(what: &str, path: &Path) -> Option<String> {
    let shown = path.display();
    if path.as_os_str().is_empty() {
        Some(format!("the path of the {what} is empty"))
    } else if path.as_os_str().as_bytes().contains(&0) {
        Some(format!(
            "the path of the {what} has a NUL byte in it: {shown:?}"
        ))
    } else if path.is_dir() {
        Some(format!(
            "the path of the {what} is that of a directory: {shown}"
        ))
    } else {
        None
    }
}
