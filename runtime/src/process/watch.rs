//! Being told when a file or directory changes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

/// A watch on files and directories.
pub(crate) struct Watch {
    inotify: Inotify,
}

impl Watch {
    /// Watches nothing yet.
    pub(crate) fn new() -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        Ok(Self { inotify })
    }

    /// Watches what is written to a file, or what appears in a directory.
    pub(crate) fn add(&self, path: &Path) -> io::Result<()> {
        let flags = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
        self.inotify.add_watch(path, flags)?;
        Ok(())
    }

    /// What becomes readable when something has changed.
    pub(crate) fn changes(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Forgets the changes so far; call it before looking at what may have changed.
    pub(crate) fn clear(&self) {
        while self.inotify.read_events().is_ok() {}
    }
}
