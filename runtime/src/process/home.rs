//! Where the user that this process runs as is at home.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{User, geteuid};

/// The home of the user that this process runs as: `HOME` if the user owns it, otherwise the home in the password database. With `sudo -E`,
/// `HOME` is that of another user.
pub fn home(named: Option<&Path>) -> Option<PathBuf> {
    let uid = geteuid();
    let is_his = |path: &Path| {
        path.is_absolute() && fs::metadata(path).is_ok_and(|found| found.uid() == uid.as_raw())
    };
    if let Some(named) = named.filter(|named| is_his(named)) {
        return Some(named.into());
    }
    let user = User::from_uid(uid).ok().flatten()?;
    Some(user.dir).filter(|home| home.is_dir())
}
