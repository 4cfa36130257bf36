//! Ready when a connection to a unix socket is accepted.

use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use super::tcp::reason;
use super::{Check, Readiness};
use crate::deadline::Deadline;
use crate::process::Watch;

/// Ready when the socket accepts a connection.
pub(crate) struct UnixSocket {
    path: PathBuf,
    appears: Appears,
}

impl UnixSocket {
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            appears: Appears::new(&path),
            path,
        }
    }

    /// Connects, unless the socket is not even there.
    pub(super) fn connect(&mut self) -> std::io::Result<UnixStream> {
        if !self.appears.look() {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        UnixStream::connect(&self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Readiness for UnixSocket {
    fn check(&mut self, _: Deadline) -> Check {
        match self.connect() {
            Ok(_) => Check::Ready,
            Err(error) => Check::NotYet(format!("{}: {}", self.path.display(), reason(&error))),
        }
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        self.appears.wakes()
    }
}

/// Tells when a path comes to exist.
pub(super) struct Appears {
    path: PathBuf,
    /// On the directory, as long as the path does not exist; without it (no such directory yet), the path is looked for at
    /// short intervals.
    watch: Option<Watch>,
    there: bool,
}

impl Appears {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            watch: None,
            there: false,
        }
    }

    /// Whether the path exists.
    pub(super) fn look(&mut self) -> bool {
        match &self.watch {
            Some(watch) => watch.clear(),
            None => self.watch = watch_directory(&self.path),
        }
        self.there = self.path.exists();
        self.there
    }

    /// What becomes readable when it is worth looking again. Once the path is there, nothing does.
    pub(super) fn wakes(&self) -> Option<BorrowedFd<'_>> {
        if self.there {
            None
        } else {
            self.watch.as_ref().and_then(Watch::changes)
        }
    }
}

fn watch_directory(path: &Path) -> Option<Watch> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Watch::new(parent.unwrap_or(Path::new("."))).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn it_is_ready_from_listening_on() {
        let dir = std::env::temp_dir().join(format!("fixtured-socket-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("s");
        let mut socket = UnixSocket::new(&path);
        assert_eq!(
            socket.check(Deadline::NONE),
            Check::NotYet(format!("{}: no such file", path.display()))
        );
        assert!(socket.wakes().is_some());
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(socket.check(Deadline::NONE), Check::Ready);
        drop(listener);
        assert_eq!(
            socket.check(Deadline::NONE),
            Check::NotYet(format!("{}: connection refused", path.display()))
        );
        assert!(socket.wakes().is_none());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
