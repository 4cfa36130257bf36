//! Port leases if another user holds all names.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect, getsockopt, socket,
    sockopt::PeerCredentials,
};
use nix::unistd::geteuid;

use crate::directory::{Dir, SessionDir};

/// Where all sessions of a user look, wherever each keeps its own things.
const ROOT: &str = "/tmp";

/// The directory with a lock for each port that this user leases although another user holds its name. It exists only while there are such
/// leases. A lease by name takes the name and then looks for this directory. A lease by lock creates the directory, takes the lock and then
/// checks the name. So one of the two sees the other.
pub(super) struct LockDir(Dir);

impl LockDir {
    pub(super) fn find() -> Option<Self> {
        let of_user = SessionDir::find(Path::new(ROOT), NAME).ok()??;
        Dir::open(of_user.path()).ok().map(Self)
    }

    pub(super) fn make() -> io::Result<Self> {
        let made = SessionDir::make(Path::new(ROOT), NAME);
        let made = made.map_err(|cause| io::Error::other(cause.to_string()))?;
        Dir::open(made.path()).map(Self)
    }

    /// The lock of a port, unless another lease of this user has it.
    pub(super) fn lock(&self, port: u16) -> Option<Lock> {
        let name = port.to_string();
        let file = self.0.append(&name, 0o600).ok()?;
        let inode = file.metadata().ok()?.ino();
        let file = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
        // Whoever had it before may have removed it meanwhile.
        let still_there = self.0.stat(&name).is_ok_and(|found| found.st_ino == inode);
        let dir = Dir::open(&self.0.path()).ok()?;
        still_there.then_some(Lock {
            name,
            dir,
            _file: file,
        })
    }
}

/// The name of that directory among the sessions of its user.
const NAME: &str = "ports";

/// One such lease.
#[derive(Debug)]
pub(super) struct Lock {
    name: String,
    dir: Dir,
    _file: Flock<File>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.dir.remove_file(&self.name);
        if let Ok(Some(dir)) = SessionDir::find(Path::new(ROOT), NAME) {
            dir.remove_if_empty();
        }
    }
}

/// Returns whether this name of a port is held by another user. If this cannot be told, it may be one of ours.
pub(super) fn is_of_another(name: &str) -> bool {
    let holder = || {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        let name = UnixAddr::new_abstract(name.as_bytes())?;
        match connect(socket.as_raw_fd(), &name) {
            // Bound, but not listening: none of ours is so for longer than a moment, in which it looks at the locks.
            Err(Errno::ECONNREFUSED) => return Ok(None),
            connected => connected?,
        }
        getsockopt(&socket, PeerCredentials).map(Some)
    };
    let holder: nix::Result<_> = holder();
    holder.is_ok_and(|holder| holder.is_none_or(|holder| holder.uid() != geteuid().as_raw()))
}
