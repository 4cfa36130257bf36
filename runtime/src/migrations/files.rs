//! Finding the files, on the side of the client and again on that of the supervisor.

use std::io;
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat};

use super::layout::Plan;
use super::problem::Problem;
use super::root::Root;
use crate::directory::{Stamp, regular};
use crate::launch::Files;

/// The limit in bytes for all files together, since the supervisor holds them in memory.
const MOST: u64 = 1 << 30;

/// The files at this absolute path, which the user wrote in this way. Nothing is read.
pub(crate) fn find(path: &Path, shown: &Path) -> Result<Files, String> {
    let in_utf8 = |path: &Path| match path.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("the path `{}` is not UTF-8", path.display())),
    };
    let text = in_utf8(path)?;
    let root = Root {
        path: path.into(),
        shown: path.into(),
    };
    let plan = Plan::of(&root).map_err(|problem| problem.to_string())?;
    let stamp = stamp(&root, &plan.files).map_err(|problem| problem.to_string())?;
    Ok(Files {
        path: text,
        shown: in_utf8(shown)?,
        stamp,
    })
}

/// The stamp of the files that a plan reads.
pub(super) fn stamp(root: &Root, files: &[PathBuf]) -> Result<u64, Problem> {
    let (mut stamp, mut left) = (Stamp::new(), MOST);
    for file in files {
        let path = root.join(file);
        let found = regular(&path).and_then(|found| readable(&path).map(|()| found));
        let found = found.map_err(|error| root.unreadable(file, &error))?;
        left = left.checked_sub(found.len()).ok_or_else(|| {
            let most = MOST >> 30;
            let reason = format!(
                "too large: the limit is {most} GiB for all files together; load more with a function"
            );
            Problem::new(root.shown(file), reason)
        })?;
        stamp.add(file, &found);
    }
    Ok(stamp.0)
}

fn readable(path: &Path) -> io::Result<()> {
    // With the rights with which it will be opened.
    faccessat(AT_FDCWD, path, AccessFlags::R_OK, AtFlags::AT_EACCESS)?;
    Ok(())
}
