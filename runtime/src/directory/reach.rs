//! Files at paths that a user has chosen, wherever that is.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, readlinkat};
use nix::unistd::geteuid;

use super::dir::Dir;

/// How many links a path may have, as for the kernel.
const LINKS: usize = 40;

/// Opens a file for appending, which is made with this mode if it is not there. A link is followed only if it is this user's or root's:
/// where others can write, one of theirs would lead to a file of ours. For the same reason the file may have no second name there.
pub(crate) fn append(path: &Path, mode: u32) -> io::Result<File> {
    let (dir, name) = reach(path)?;
    waiting(dir.append(name, mode)?)
}

/// Opens a file to read it, in the same way. Of what is no plain file, only the null device will do: others may have no end.
pub(crate) fn read(path: &Path) -> io::Result<File> {
    if path == "/dev/null" {
        return File::open(path);
    }
    let (dir, name) = reach(path)?;
    waiting(dir.read(name)?)
}

/// Lets what is opened wait again: only opening must not.
fn waiting(file: File) -> io::Result<File> {
    let flags = OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL)?);
    fcntl(&file, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(file)
}

/// The directory that a path leads to, and the name in it, which is no link.
fn reach(path: &Path) -> io::Result<(Dir, OsString)> {
    let path = std::path::absolute(path)?;
    let mut dir = Dir::open(Path::new("/"))?;
    let mut rest: VecDeque<OsString> = parts(&path).collect();
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        if let Some(target) = link(&dir, &part)? {
            links += 1;
            if links > LINKS {
                return Err(Errno::ELOOP.into());
            }
            if target.is_absolute() {
                dir = Dir::open(Path::new("/"))?;
            }
            for part in parts(&target).collect::<Vec<_>>().into_iter().rev() {
                rest.push_front(part);
            }
        } else if rest.is_empty() {
            return Ok((dir, part));
        } else {
            dir = dir.pass(&part)?;
        }
    }
    Err(Errno::EISDIR.into())
}

fn parts(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.into()),
        Component::ParentDir => Some("..".into()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    })
}

/// Where an entry leads, if it is a link.
fn link(dir: &Dir, name: &OsStr) -> io::Result<Option<PathBuf>> {
    if name == ".." {
        return Ok(None);
    }
    let target = match readlinkat(dir, name) {
        Ok(target) => PathBuf::from(target),
        // No link, or nothing at all.
        Err(Errno::EINVAL | Errno::ENOENT) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    let owner = dir.stat(name)?.st_uid;
    match owner == geteuid().as_raw() || owner == 0 {
        true => Ok(Some(target)),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "`{}` in it is a link that another user has put there (user number {owner})",
                name.display()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::os::unix::fs::{lchown, symlink};

    use super::*;

    #[test]
    fn links_of_ones_own_are_followed_and_those_of_others_are_not() {
        let root = std::env::temp_dir().join(format!("fixtured-reach-{}", std::process::id()));
        fs::create_dir_all(root.join("real")).unwrap();
        symlink("real", root.join("link")).unwrap();
        symlink("link/../real/file", root.join("short")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let through = root.join("link/file");
        append(&through, 0o600).unwrap().write_all(b"one ").unwrap();
        append(&root.join("short"), 0o600)
            .unwrap()
            .write_all(b"two")
            .unwrap();
        let mut text = String::new();
        read(&root.join("real/file"))
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "one two");
        assert!(append(&root.join("loop"), 0o600).is_err());
        append(Path::new("/dev/null"), 0o600).unwrap();
        append(Path::new("/dev/stdout"), 0o600).ok();
        if geteuid().is_root() {
            for name in ["link", "short"] {
                lchown(root.join(name), Some(65_534), None).unwrap();
            }
            for path in [through, root.join("short")] {
                let error = append(&path, 0o600).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
            }
        } else {
            eprintln!("NOT RUN: that links of others are refused; only root can make them");
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
