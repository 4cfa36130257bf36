//! Checks whether other users could have tampered with a path.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use nix::unistd::{Gid, Group, Uid, User, geteuid};

/// How many links a path may lead through, as for the kernel.
const LINKS: usize = 40;

/// Whether the directories that are missing on the way are made.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

/// What is wanted of the directory at the end of a path.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Only this user and root can write there.
    Own,
    /// Others may write there too, but cannot replace what is ours. Members of a directory's group are trusted if this user has allowed them.
    Shared,
}

/// The real path, if only this user and root can change it or write there; otherwise the reason why not. Links are followed, since only these
/// two can have created them on such a path.
pub(crate) fn trusted(path: &Path, missing: Missing) -> Result<PathBuf, String> {
    walk(path, missing, End::Own)
}

/// The real path of a directory, if only this user and root can replace a part of it, or what they create in it; otherwise the reason why not.
pub(super) fn trusted_to_keep(path: &Path) -> Result<PathBuf, String> {
    walk(path, Missing::Refuse, End::Shared)
}

fn walk(path: &Path, missing: Missing, end: End) -> Result<PathBuf, String> {
    let mut ahead: Vec<OsString> = names(path).rev().collect();
    let mut at = PathBuf::from("/");
    let mut links = 0;
    let mut found = fs::symlink_metadata(&at).map_err(failed("look at", &at))?;
    while let Some(name) = ahead.pop() {
        // In a directory with the sticky bit, others can make something but not replace it.
        allowed(&at, &found, is_sticky(&found), end)?;
        if name == ".." {
            at.pop();
            found = fs::symlink_metadata(&at).map_err(failed("look at", &at))?;
            continue;
        }
        let next = at.join(&name);
        let there = look(&next, missing)?;
        if !there.is_symlink() {
            (at, found) = (next, there);
            continue;
        }
        owned(&next, &there)?;
        links += 1;
        if links > LINKS {
            return Err(format!("`{}` leads through too many links", path.display()));
        }
        let target = fs::read_link(&next).map_err(failed("read", &next))?;
        if target.is_absolute() {
            at = "/".into();
            found = fs::symlink_metadata(&at).map_err(failed("look at", &at))?;
        }
        ahead.extend(names(&target).rev());
    }
    let sticky = end == End::Shared && is_sticky(&found);
    allowed(&at, &found, sticky, end)?;
    Ok(at)
}

/// The names in a path.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    names.collect::<Vec<_>>().into_iter()
}

fn look(path: &Path, missing: Missing) -> Result<Metadata, String> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && missing == Missing::Make => {
            match DirBuilder::new().mode(0o700).create(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    Err(failed("create", path)(error))
                }
                _ => fs::symlink_metadata(path).map_err(failed("look at", path)),
            }
        }
        found => found.map_err(failed("look at", path)),
    }
}

fn is_sticky(found: &Metadata) -> bool {
    found.mode() & 0o1000 != 0
}

fn allowed(path: &Path, found: &Metadata, sticky: bool, end: End) -> Result<(), String> {
    owned(path, found)?;
    let mode = found.mode();
    let chosen = end == End::Shared && !geteuid().is_root();
    let by_group = mode & 0o020 != 0 && found.gid() != 0 && !chosen && !is_private(found.gid());
    match !sticky && (mode & 0o002 != 0 || by_group) {
        true => Err(format!(
            "others can write to `{0}`, which has no sticky bit (`chmod +t {0}`)",
            path.display()
        )),
        false => Ok(()),
    }
}

fn owned(path: &Path, found: &Metadata) -> Result<(), String> {
    let uid = found.uid();
    match uid == 0 || uid == geteuid().as_raw() || is_unknown(uid) {
        true => Ok(()),
        false => Err(format!(
            "`{}` belongs to {}",
            path.display(),
            name_of_user(uid)
        )),
    }
}

/// Returns whether this is how a user namespace shows owners that it does not know: no user in it can be one of them.
pub(super) fn is_unknown(uid: u32) -> bool {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let all = read("/proc/self/uid_map")
        .split_whitespace()
        .eq(["0", "0", "4294967295"]);
    !all && read("/proc/sys/kernel/overflowuid").trim().parse() == Ok(uid)
}

/// The name of a user, for messages.
pub(crate) fn name_of_user(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| format!("user {uid}"), |user| user.name)
}

/// Returns whether this user, after whom the group is named, is its only member. Many systems give each user such a group, with write access.
fn is_private(gid: u32) -> bool {
    let user = User::from_uid(geteuid()).ok().flatten();
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    let (Some(user), Some(group)) = (user, group) else {
        return false;
    };
    group.name == user.name && group.mem.iter().all(|member| *member == user.name)
}

fn failed(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("cannot {doing} `{}`: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_others_can_write_to_is_not_trusted() {
        let root = std::env::temp_dir().join(format!("fixtured-trust-{}", std::process::id()));
        let check = |path: &Path, wanted: Result<&Path, &str>| {
            let real = trusted(path, Missing::Refuse);
            match wanted {
                Ok(wanted) => assert_eq!(real.as_deref(), Ok(wanted)),
                Err(part) => assert!(real.is_err_and(|why| why.contains(part)), "{path:?}"),
            }
        };
        let own = root.join("own/further");
        assert_eq!(trusted(&own, Missing::Make).as_deref(), Ok(&*own));
        assert_eq!(fs::metadata(&own).unwrap().mode() & 0o777, 0o700);
        check(&own, Ok(&own));
        check(&root.join("own/nothing"), Err("No such file"));
        check(&std::env::temp_dir(), Err("others can write"));
        assert!(trusted_to_keep(&std::env::temp_dir()).is_ok());
        symlink("own/../own", root.join("link")).unwrap();
        check(&root.join("link/further"), Ok(&own));
        symlink("loop", root.join("loop")).unwrap();
        check(&root.join("loop"), Err("too many links"));
        fs::set_permissions(root.join("own"), fs::Permissions::from_mode(0o777)).unwrap();
        check(&own, Err("others can write to"));
        assert!(trusted_to_keep(&own).is_err());
        fs::set_permissions(root.join("own"), fs::Permissions::from_mode(0o700)).unwrap();
        if geteuid().is_root() {
            std::os::unix::fs::lchown(root.join("link"), Some(65534), None).unwrap();
            check(&root.join("link/further"), Err("belongs to nobody"));
            std::os::unix::fs::chown(root.join("own"), Some(65534), None).unwrap();
            check(&own, Err("belongs to nobody"));
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
