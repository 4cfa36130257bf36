//! Shared memory, which outlives the processes that it was made by.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The System V segments of the servers in some directories, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct SharedMemory(Vec<String>);

impl SharedMemory {
    pub(crate) fn of(directories: &[PathBuf]) -> Self {
        let directories = directories.iter();
        Self(directories.filter_map(|path| segment(path)).collect())
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Vec<String> {
        let all = segments();
        let left = self.0.iter().filter(|segment| all.contains(segment));
        left.cloned().collect()
    }

    /// Removes what is left: a machine has room for some thousand segments only.
    pub(crate) fn remove(&self) {
        for segment in self.left() {
            let removed = Command::new("ipcrm").args(["-m", &segment]).status();
            assert!(removed.unwrap().success());
        }
    }
}

/// The segment of the PostgreSQL in this directory: the second word in the seventh line of its `postmaster.pid`.
fn segment(directory: &Path) -> Option<String> {
    let lines = fs::read_to_string(directory.join("data/postmaster.pid")).ok()?;
    let words = lines.lines().nth(6)?;
    words.split_whitespace().nth(1).map(Into::into)
}

/// All segments on this machine.
fn segments() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let lines = table.lines().skip(1);
    lines
        .filter_map(|line| line.split_whitespace().nth(1).map(Into::into))
        .collect()
}
