//! How much room a server takes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::running;

/// The bytes that a directory takes on its file system.
pub fn of_directory(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => of_directory(&entry.path()),
        Ok(found) => found.blocks() * 512,
        // It has just been removed.
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// The bytes of memory that a process and its descendants take; what several share is counted once, in parts.
pub fn of_processes(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let own = rollup
        .lines()
        .find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next())
        .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
        .unwrap_or_default();
    let children = running::children(pid).into_iter();
    own * 1024 + children.map(of_processes).sum::<u64>()
}

/// How many databases a server's data directory has.
pub fn databases(data: &Path) -> usize {
    fs::read_dir(data.join("base")).map_or(0, Iterator::count)
}
