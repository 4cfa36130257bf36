//! Directories that no other user can write to, in places where every user can write.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::dir::Dir;
use super::remove::remove_if_empty;
use super::trust::trusted_to_keep;
use crate::error::Cause;
use crate::process::{is_limit, with_limit};
use crate::random;

/// How many names are tried before one is made up.
const NAMES: usize = 20;

/// How often to create a directory again that another process has just removed because it was empty.
pub(super) const TRIES: usize = 100;

/// What a directory is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Of this user; no other user can enter it.
    Own,
    /// What is of the users that servers run as; they can go through it, and change nothing.
    Servers,
}

impl Kind {
    fn mode(self) -> u32 {
        match self {
            Self::Own => 0o700,
            Self::Servers => 0o711,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Own => format!("fixtured-{}", geteuid()),
            Self::Servers => format!("fixtured-{}-servers", geteuid()),
        }
    }

    /// The names that the directory may have, in order: another user may have made one of that name first.
    fn names(self) -> impl Iterator<Item = OsString> {
        let first = self.name();
        let others = (2..=NAMES).map({
            let first = first.clone();
            move |number| format!("{first}-{number}")
        });
        std::iter::once(first).chain(others).map(OsString::from)
    }

    /// The directory of this name, if it is ours and of this kind. An error means that this could not be found out.
    fn open(self, root: &Dir, name: &OsStr) -> io::Result<Option<Dir>> {
        let dir = match root.enter(name) {
            // A directory that is mistaken for another user's would be created again under another name.
            Err(error) if is_limit(&error) => return Err(error),
            Err(_) => return Ok(None),
            Ok(dir) => dir,
        };
        let found = dir.metadata()?;
        let ours = found.uid() == geteuid().as_raw() && found.mode() & 0o777 == self.mode();
        Ok(ours.then_some(dir))
    }
}

/// The directory of this kind in `root`, if there is one.
pub(super) fn find(root: &Path, kind: Kind) -> Result<Option<PathBuf>, Cause> {
    let root = safe(root)?;
    let dir = Dir::open(&root).map_err(|error| unusable(&root, error))?;
    let found = find_in(&dir, kind).map_err(|error| unusable(&root, error))?;
    Ok(found.map(|(name, _)| root.join(name)))
}

/// The first of all that are ours, so that all processes of this user find the same.
fn find_in(root: &Dir, kind: Kind) -> io::Result<Option<(OsString, Dir)>> {
    for name in kind.names() {
        if let Some(dir) = kind.open(root, &name)? {
            return Ok(Some((name, dir)));
        }
    }
    // As long as the last name is free, none has been made up.
    if root.stat(format!("{}-{NAMES}", kind.name())).is_err() {
        return Ok(None);
    }
    let prefix = format!("{}-x", kind.name());
    // A directory that may not be listed has none that can be found again.
    let mut names = match root.names() {
        Err(error) if is_limit(&error) => return Err(error),
        names => names.unwrap_or_default(),
    };
    names.retain(|name| name.to_string_lossy().starts_with(&prefix));
    names.sort();
    for name in names {
        if let Some(dir) = kind.open(root, &name)? {
            return Ok(Some((name, dir)));
        }
    }
    Ok(None)
}

/// Makes directories in `root`: the one of this kind, and those of `names` each inside the one before; or finds them. Returns the
/// path of the last and the directory itself.
pub(super) fn make(root: &Path, kind: Kind, names: &[&str]) -> Result<(PathBuf, Dir), Cause> {
    let root = safe(root)?;
    let mut tries = 0;
    loop {
        match make_once(&root, kind, names) {
            // Another session has just removed the directory above, which was empty.
            Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => tries += 1,
            made => return made.map_err(|error| unusable(&root, error)),
        }
    }
}

fn make_once(root: &Path, kind: Kind, names: &[&str]) -> io::Result<(PathBuf, Dir)> {
    let (of_user, dir) = make_first(root, kind)?;
    let inside = make_inside(of_user.clone(), dir, kind, names);
    // If the inner directory cannot be created, the outer one is empty, and no sweep would remove it.
    inside.inspect_err(|_| remove_if_empty(Some(&of_user)))
}

fn make_inside(
    mut path: PathBuf,
    mut dir: Dir,
    kind: Kind,
    names: &[&str],
) -> io::Result<(PathBuf, Dir)> {
    for name in names {
        path.push(name);
        dir = match dir.make_dir(name, kind.mode()) {
            // Nobody else could have made it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => dir.enter(name)?,
            made => made?,
        };
    }
    Ok((path, dir))
}

fn make_first(root: &Path, kind: Kind) -> io::Result<(PathBuf, Dir)> {
    let dir = Dir::open(root)?;
    if let Some((name, found)) = find_in(&dir, kind)? {
        return Ok((root.join(name), found));
    }
    let made_up = std::iter::from_fn(|| {
        Some(format!("{}-x{}", kind.name(), random::word::<8>().ok()?).into())
    });
    for name in kind.names().chain(made_up.take(NAMES)) {
        match dir.make_dir(&name, kind.mode()) {
            Ok(made) => return Ok((root.join(name), made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Somebody else's, or one that another process of ours has made at this moment.
                if let Some(found) = kind.open(&dir, &name)? {
                    return Ok((root.join(name), found));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("other users have taken all names in it"))
}

fn safe(root: &Path) -> Result<PathBuf, Cause> {
    match root.is_dir() {
        true => trusted_to_keep(root).map_err(|why| unusable(root, io::Error::other(why))),
        false => Err(unusable(root, io::ErrorKind::NotFound.into())),
    }
}

/// The directory was chosen by one of these variables, or is the usual one.
fn unusable(root: &Path, error: io::Error) -> Cause {
    let doing = format!("use the directory `{}`", root.display());
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".into(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            return Cause::io(doing, error);
        }
        _ if is_limit(&error) => return Cause::io(doing, with_limit(error)),
        _ => error.to_string(),
    };
    Cause::io(
        doing,
        format!("{reason}; set FIXTURED_DIR (or TMPDIR) to one that only you can change"),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("fixtured-private-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::canonicalize(path).unwrap()
    }

    #[test]
    fn a_directory_is_made_once_and_found_by_all() {
        let root = scratch("once");
        let wanted = root.join(Kind::Own.name()).join("session");
        assert_eq!(find(&root, Kind::Own).unwrap(), None);
        for _ in 0..2 {
            let (path, dir) = make(&root, Kind::Own, &["session"]).unwrap();
            assert_eq!(path, wanted);
            assert_eq!(dir.metadata().unwrap().mode() & 0o777, 0o700);
        }
        assert_eq!(find(&root, Kind::Own).unwrap().as_deref(), wanted.parent());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn what_somebody_has_put_in_its_place_is_passed_by() {
        let root = scratch("planted");
        let first = root.join(Kind::Own.name());
        let number = |number| root.join(format!("{}-{number}", Kind::Own.name()));
        // One that others could have written to, a link, and a file.
        fs::create_dir(&first).unwrap();
        fs::set_permissions(&first, fs::Permissions::from_mode(0o755)).unwrap();
        let target = root.join("target");
        fs::create_dir(&target).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o700)).unwrap();
        symlink(&target, number(2)).unwrap();
        fs::write(number(3), "").unwrap();
        let (made, _) = make(&root, Kind::Own, &[]).unwrap();
        assert_eq!(made, number(4));
        // It stays the same when what was planted goes.
        fs::remove_dir(&first).unwrap();
        assert_eq!(find(&root, Kind::Own).unwrap(), Some(number(4)));
        assert_eq!(make(&root, Kind::Own, &[]).unwrap().0, number(4));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn there_is_a_name_when_all_that_can_be_known_are_taken() {
        let root = scratch("all");
        for name in Kind::Own.names() {
            fs::write(root.join(name), "").unwrap();
        }
        let (made, _) = make(&root, Kind::Own, &[]).unwrap();
        assert_eq!(make(&root, Kind::Own, &[]).unwrap().0, made);
        assert_eq!(find(&root, Kind::Own).unwrap(), Some(made));
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let root = scratch("way");
        let missing = make(&root.join("missing"), Kind::Own, &[]).unwrap_err();
        assert!(
            missing.to_string().contains("/missing`: it does not exist"),
            "{missing}"
        );
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        let open = make(&root, Kind::Own, &[]).unwrap_err().to_string();
        assert!(
            open.contains("no sticky bit") && open.contains("FIXTURED_DIR"),
            "{open}"
        );
        fs::remove_dir_all(&root).unwrap();
    }
}
