//! Data of a server that the user names by its path.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::file::in_utf8;
use crate::directory::{Stamp, regular};
use crate::launch::Files;

/// The file or directory at this absolute path, which the user wrote in this way. Nothing is read.
pub(super) fn find(path: &Path, shown: &Path) -> Result<Files, String> {
    if !path.is_dir() {
        return find_file(path, shown);
    }
    let listed = listed(path).map_err(|error| unreadable(path, &error))?;
    let mut stamp = Stamp::new();
    for (file, found) in listed {
        stamp.add(&file, &found);
    }
    files(path, shown, &stamp)
}

/// The file at this absolute path, in the same way.
pub(super) fn find_file(path: &Path, shown: &Path) -> Result<Files, String> {
    let found = regular(path).map_err(|error| unreadable(path, &error))?;
    let mut stamp = Stamp::new();
    stamp.add(Path::new(""), &found);
    files(path, shown, &stamp)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}

fn files(path: &Path, shown: &Path, stamp: &Stamp) -> Result<Files, String> {
    Ok(Files {
        path: in_utf8(path)?.into(),
        shown: in_utf8(shown)?.into(),
        stamp: stamp.0,
    })
}

/// All that is in a directory, in the same order each time.
fn listed(directory: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(above) = left.pop() {
        for entry in fs::read_dir(above)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                left.push(entry.path());
            }
            found.push((entry.path(), metadata));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_changes_with_the_files() {
        let directory = std::env::temp_dir().join(format!("fixtured-data-{}", std::process::id()));
        let below = directory.join("a/b");
        fs::create_dir_all(&below).unwrap();
        let stamp = |path: &Path| find(path, path).unwrap().stamp;
        let empty = stamp(&directory);
        assert_eq!(stamp(&directory), empty);
        fs::write(below.join("file"), "text").unwrap();
        assert_ne!(stamp(&directory), empty);
        assert_ne!(stamp(&directory), stamp(&below.join("file")));
        fs::remove_dir_all(&directory).unwrap();
        let problem = find(&directory, &directory).unwrap_err();
        assert!(
            problem.ends_with("No such file or directory (os error 2)"),
            "{problem}"
        );
    }
}
