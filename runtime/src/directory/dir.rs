//! A directory held open, so that what is done in it is done there and nowhere else.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, OpenHow, ResolveFlag, open, openat, openat2, renameat};
use nix::sys::stat::{FileStat, Mode, fchmod, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, symlinkat, unlinkat};

use crate::process::User;

/// An open directory. All names are those of its entries. Links among them are never followed, so other users that can write in the directory
/// cannot redirect this process.
#[derive(Debug)]
pub(crate) struct Dir(OwnedFd);

impl Dir {
    /// Opens a directory by its path, in which links are followed: for a path that no other user can change.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // One that may be entered but not be listed will do.
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Self(open(path, flags, Mode::empty())?))
    }

    /// Opens a directory by its path if there is no link on the way. Kernels from 5.6 on can tell in one call; that an older one or a
    /// sandbox cannot is an error too.
    pub(super) fn open_without_links(path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let how = OpenHow::new()
            .flags(flags)
            .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
        Ok(Self(openat2(AT_FDCWD, path, how)?))
    }

    /// Opens a directory in this one.
    pub(crate) fn enter(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY;
        Ok(Self(self.open_entry(name.as_ref(), flags, 0)?))
    }

    /// Opens a directory in this one, or the one above, only to go through it.
    pub(super) fn pass(&self, name: &OsStr) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(Self(openat(&self.0, name, flags, Mode::empty())?))
    }

    /// Makes a directory in this one, which must not be there, with exactly this mode.
    pub(crate) fn make_dir(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<Self> {
        mkdirat(&self.0, one(name.as_ref())?, Mode::from_bits_truncate(mode))?;
        // One for which there is no descriptor left must not stay.
        let made = self.enter(&name);
        let made = made.inspect_err(|_| drop(self.remove_dir(&name)))?;
        // The mask of this process may have taken something away.
        fchmod(&made.0, Mode::from_bits_truncate(mode))?;
        Ok(made)
    }

    /// Makes a file in this directory, which must not be there, with exactly this mode.
    pub(crate) fn create(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL;
        let file = File::from(self.open_entry(name.as_ref(), flags, mode)?);
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        Ok(file)
    }

    /// Opens a file in this directory for appending, and creates it if necessary. A file with another hard link, or a FIFO without a reader, is an
    /// error.
    pub(crate) fn append(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT;
        single(self.open_entry(name.as_ref(), flags, mode)?.into())
    }

    /// Opens a file in this directory to read it. It must be a plain file; nothing else is waited for.
    pub(crate) fn read(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        plain(self.open_entry(name.as_ref(), OFlag::O_RDONLY, 0)?.into())
    }

    /// Opens a file in this directory to write it, which it makes if it is not there: a plain file, and what is in it stays for now.
    pub(super) fn write(&self, name: impl AsRef<OsStr>, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT;
        plain(self.open_entry(name.as_ref(), flags, mode)?.into())
    }

    /// Holds an entry without opening it, whatever it is; of a link, the link itself.
    pub(super) fn entry(&self, name: impl AsRef<OsStr>) -> io::Result<Entry> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(Entry(openat(
            &self.0,
            one(name.as_ref())?,
            flags,
            Mode::empty(),
        )?))
    }

    fn open_entry(&self, name: &OsStr, flags: OFlag, mode: u32) -> io::Result<OwnedFd> {
        // Without O_NONBLOCK, opening a FIFO waits for its other end.
        let safe = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let mode = Mode::from_bits_truncate(mode);
        Ok(openat(&self.0, one(name)?, flags | safe, mode)?)
    }

    /// What an entry is; of a link, the link itself.
    pub(crate) fn stat(&self, name: impl AsRef<OsStr>) -> io::Result<FileStat> {
        let name = one(name.as_ref())?;
        Ok(fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// What this directory is itself.
    pub(crate) fn metadata(&self) -> io::Result<fs::Metadata> {
        fs::metadata(self.path())
    }

    /// The names of the entries.
    pub(crate) fn names(&self) -> io::Result<Vec<OsString>> {
        fs::read_dir(self.path())?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }

    /// Gives an entry another name, here or in another directory. What had that name is replaced.
    pub(crate) fn rename(&self, name: &OsStr, into: &Self, new: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, one(name)?, &into.0, one(new)?)?)
    }

    /// Makes a link in this directory.
    pub(crate) fn symlink(&self, to: &Path, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(symlinkat(to, &self.0, one(name.as_ref())?)?)
    }

    /// Removes an entry that is not a directory.
    pub(crate) fn remove_file(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        let name = one(name.as_ref())?;
        Ok(unlinkat(&self.0, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// Removes an entry that is an empty directory.
    pub(crate) fn remove_dir(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        let name = one(name.as_ref())?;
        Ok(unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Removes an entry with everything in it. The standard library does this by descriptors too, once it has the directory.
    pub(crate) fn remove_all(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        fs::remove_dir_all(self.path().join(one(name.as_ref())?))
    }

    /// Gives the directory itself to a user.
    pub(crate) fn give_to(&self, user: &User) -> io::Result<()> {
        give(&self.0, user)
    }

    /// A path to this very directory that is short whatever its own path is, for calls that want a path. It is valid in this process,
    /// as long as this exists.
    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// An entry of a directory that is held, so that its name can be given to something else without harm.
#[derive(Debug)]
pub(crate) struct Entry(OwnedFd);

impl Entry {
    /// What it is.
    pub(super) fn stat(&self) -> io::Result<FileStat> {
        Ok(fstat(&self.0)?)
    }

    /// A path to this very entry, as that of a [`Dir`].
    pub(crate) fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

/// Gives an open file to a user.
pub(crate) fn give(file: impl AsFd, user: &User) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    Ok(fchown(file, Some(uid), Some(gid))?)
}

/// A name that leads nowhere else.
fn one(name: &OsStr) -> io::Result<&OsStr> {
    let bytes = name.as_encoded_bytes();
    match bytes.is_empty() || bytes.contains(&b'/') || name == ".." {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a single path component",
        )),
        false => Ok(name),
    }
}

/// Refuses a file that has another hard link.
fn single(file: File) -> io::Result<File> {
    let found = file.metadata()?;
    match found.is_file() && found.nlink() > 1 {
        true => Err(io::Error::other("it has more than one hard link")),
        false => Ok(file),
    }
}

/// Refuses everything but plain files: a FIFO, a device, a socket, or a file that has another hard link.
fn plain(file: File) -> io::Result<File> {
    let kind = file.metadata()?.file_type();
    let problem = if kind.is_fifo() {
        "it is a FIFO"
    } else if kind.is_dir() {
        "it is a directory"
    } else if !kind.is_file() {
        "it is not a regular file"
    } else {
        return single(file);
    };
    Err(io::Error::other(problem))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::fs::symlink;

    use nix::unistd::mkfifo;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("fixtured-dir-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn no_link_is_followed() {
        let root = scratch("links");
        fs::create_dir(root.join("real")).unwrap();
        fs::write(root.join("victim"), "precious").unwrap();
        symlink(root.join("victim"), root.join("link")).unwrap();
        symlink(root.join("nothing"), root.join("dangling")).unwrap();
        symlink(root.join("real"), root.join("directory")).unwrap();
        fs::hard_link(root.join("victim"), root.join("second")).unwrap();
        let dir = Dir::open(&root).unwrap();
        for name in ["link", "dangling", "second"] {
            assert!(dir.append(name, 0o600).is_err(), "{name}");
            assert!(dir.create(name, 0o600).is_err(), "{name}");
            assert!(dir.read(name).is_err(), "{name}");
        }
        assert!(dir.enter("directory").is_err() && dir.make_dir("directory", 0o700).is_err());
        assert!(!root.join("nothing").exists());
        dir.remove_file("link").unwrap();
        assert_eq!(fs::read_to_string(root.join("victim")).unwrap(), "precious");
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn names_lead_nowhere_else() {
        let root = scratch("names");
        let dir = Dir::open(&root).unwrap();
        for name in ["", "..", "a/b", "/etc/passwd"] {
            assert!(dir.read(name).is_err() && dir.remove_all(name).is_err());
            let error = dir.create(name, 0o600).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn nothing_is_waited_for() {
        let root = scratch("fifo");
        mkfifo(&root.join("fifo"), Mode::from_bits_truncate(0o600)).unwrap();
        let dir = Dir::open(&root).unwrap();
        assert_eq!(dir.read("fifo").unwrap_err().to_string(), "it is a FIFO");
        assert!(dir.append("fifo", 0o600).is_err());
        fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn modes_are_exact_and_files_are_new() {
        let root = scratch("modes");
        let dir = Dir::open(&root).unwrap();
        let inner = dir.make_dir("inner", 0o777).unwrap();
        assert_eq!(inner.metadata().unwrap().mode() & 0o7777, 0o777);
        let mut file = inner.create("file", 0o666).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, 0o666);
        file.write_all(b"text").unwrap();
        assert!(inner.create("file", 0o666).is_err() && dir.make_dir("inner", 0o700).is_err());
        // The directory is the same whatever it is called.
        fs::rename(root.join("inner"), root.join("moved")).unwrap();
        let mut text = String::new();
        inner
            .read("file")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!((text.as_str(), inner.names().unwrap().len()), ("text", 1));
        inner
            .rename("file".as_ref(), &dir, "file".as_ref())
            .unwrap();
        dir.remove_dir("moved").unwrap();
        dir.remove_all("file")
            .unwrap_or_else(|_| dir.remove_file("file").unwrap());
        assert!(dir.stat("file").is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
