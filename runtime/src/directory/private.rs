//! Directories that only one user can enter.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid, chown, geteuid};

use crate::error::Cause;
use crate::process::User;

/// The directory in which all sessions of this user have theirs.
pub(super) fn of_user(root: &Path, uid: u32) -> PathBuf {
    root.join(format!("fixtured-{uid}"))
}

/// Makes directories that only `owner` can enter, each inside the one before, or finds them. Anything else in their place is an error:
/// another user may have put it there.
pub(super) fn make_private(paths: &[&Path], owner: Option<&User>) -> Result<(), Cause> {
    let mut tries = 0;
    'again: loop {
        for path in paths {
            match make_one(path, owner) {
                Ok(()) => {}
                // Another session has just removed the directory above, which was empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 100 => {
                    tries += 1;
                    continue 'again;
                }
                Err(error) => {
                    return Err(Cause::io(
                        format!("use the directory `{}`", path.display()),
                        error,
                    ));
                }
            }
        }
        return Ok(());
    }
}

fn make_one(path: &Path, owner: Option<&User>) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            if let Some(User { uid, gid, .. }) = owner {
                chown(path, Some(Uid::from_raw(*uid)), Some(Gid::from_raw(*gid)))?;
            }
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(path)?;
    let uid = owner.map_or(geteuid().as_raw(), |user| user.uid);
    // As root, it may be one that another process has made and not handed over yet.
    let ours = found.uid() == uid || geteuid().is_root() && found.uid() == 0;
    match found.is_dir() && ours && found.mode() & 0o077 == 0 {
        true => Ok(()),
        false => Err(io::Error::other(
            "it belongs to somebody else, or others can read it; remove it, or set FIXTURED_DIR",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_a_directory_of_ones_own_is_used() {
        let root = std::env::temp_dir().join(format!("fixtured-directory-{}", std::process::id()));
        make_private(&[&root, &root.join("a")], None).unwrap();
        make_private(&[&root, &root.join("a")], None).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(make_private(&[&root], None).is_err());
        let link = root.join("link");
        symlink("/root", &link).unwrap();
        assert!(make_private(&[&link], None).is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
