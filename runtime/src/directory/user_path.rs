//! Files at paths that a user has chosen, wherever that is.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, readlinkat};
use nix::sys::stat::{FileStat, SFlag};
use nix::unistd::{Uid, setfsuid};

use super::dir::{Dir, Entry};
use super::trust::is_unknown;

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

/// Writes a private file, in the same way, and creates missing parent directories. An existing file must belong to this user, since its owner
/// can read it.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let (dir, name) = reach_making(path)?;
    let mut file = dir.write(&name, 0o600)?;
    owned(&name, file.metadata()?.uid(), "a file")?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

/// Makes a directory that only its owner can enter, and those above it that are missing, in the same way.
pub(crate) fn make_all(path: &Path) -> io::Result<()> {
    match reach_making(path) {
        // The root, or one above.
        Err(error) if error.raw_os_error() == Some(Errno::EISDIR as i32) => Ok(()),
        reached => reached.and_then(|(dir, name)| make(&dir, &name)).map(drop),
    }
}

/// Removes a file, in the same way; of a link, the link.
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    let name = path.file_name().ok_or(Errno::EISDIR)?;
    let (dir, above) = reach(&path.with_file_name("."))?;
    dir.pass(&above)?.remove_file(name)
}

/// What is at a path, in the same way.
pub(crate) fn stat(path: &Path) -> io::Result<FileStat> {
    let (dir, name) = reach(path)?;
    dir.stat(name)
}

/// Returns whether a path is that of a directory, in the same way.
pub(crate) fn is_directory(path: &Path) -> bool {
    match stat(path) {
        Ok(found) => kind(&found) == SFlag::S_IFDIR,
        // The root, or one above.
        Err(error) => error.raw_os_error() == Some(Errno::EISDIR as i32),
    }
}

/// The socket at a path, in the same way.
pub(crate) fn socket(path: &Path) -> io::Result<Entry> {
    let (dir, name) = reach(path)?;
    let entry = dir.entry(name)?;
    match kind(&entry.stat()?) == SFlag::S_IFSOCK {
        true => Ok(entry),
        // What the kernel says of any other file.
        false => Err(Errno::ECONNREFUSED.into()),
    }
}

/// The directory in which a path is, in the same way.
pub(crate) fn parent(path: &Path) -> io::Result<Dir> {
    reach(path).map(|(dir, _)| dir)
}

fn kind(found: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(found.st_mode) & SFlag::S_IFMT
}

/// Lets what is opened wait again: only opening must not.
fn waiting(file: File) -> io::Result<File> {
    let flags = OFlag::from_bits_retain(fcntl(&file, FcntlArg::F_GETFL)?);
    fcntl(&file, FcntlArg::F_SETFL(flags - OFlag::O_NONBLOCK))?;
    Ok(file)
}

/// The directory that a path leads to, and the name in it, which is no link.
fn reach(path: &Path) -> io::Result<(Dir, OsString)> {
    match at_once(path) {
        Some(reached) => Ok(reached),
        None => walk(path, &|dir, name| dir.pass(name)),
    }
}

/// The same where there is no link on the whole way, as is usual: step by step takes ten times as many system calls.
fn at_once(path: &Path) -> Option<(Dir, OsString)> {
    let (above, name) = (path.parent()?, path.file_name()?);
    // Where a path has no directory, that is the working directory.
    let above = if above == "" { Path::new(".") } else { above };
    let dir = Dir::open_without_links(above).ok()?;
    match readlinkat(&dir, name) {
        Err(Errno::EINVAL | Errno::ENOENT) => Some((dir, name.to_owned())),
        _ => None,
    }
}

/// The same, making the directories that are missing.
fn reach_making(path: &Path) -> io::Result<(Dir, OsString)> {
    walk(path, &|dir, name| match dir.pass(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(dir, name),
        passed => passed,
    })
}

fn make(dir: &Dir, name: &OsStr) -> io::Result<Dir> {
    match dir.make_dir(name, 0o700) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => dir.pass(name),
        made => made,
    }
}

/// Goes from directory to directory.
fn walk(
    path: &Path,
    pass: &dyn Fn(&Dir, &OsStr) -> io::Result<Dir>,
) -> io::Result<(Dir, OsString)> {
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
        } else if rest.is_empty() && part != ".." {
            return Ok((dir, part));
        } else {
            dir = pass(&dir, &part)?;
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
    owned(name, dir.stat(name)?.st_uid, "a link")?;
    Ok(Some(target))
}

/// Refuses what neither the user with whose rights this thread works on files nor root has made.
fn owned(name: &OsStr, owner: u32, what: &str) -> io::Result<()> {
    match owner == acting().as_raw() || owner == 0 || is_unknown(owner) {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "`{}` in it is {what} owned by another user (UID {owner})",
                name.display()
            ),
        )),
    }
}

/// The user with whose rights this thread works on files.
fn acting() -> Uid {
    // Asking for a user that cannot be changes nothing, and tells who it is.
    setfsuid(Uid::from_raw(u32::MAX))
}

#[cfg(test)]
mod tests;
