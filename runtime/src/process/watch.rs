//! Being told when a file or directory changes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

use crate::lock::lock;

/// Unused inotify instances. Closing one makes the kernel wait until its watches are out of use, about 10 ms; removing the watches and reusing
/// the instance is fast.
static IDLE: Mutex<Vec<Inotify>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Inotify>> {
    lock(&IDLE)
}

/// A watch on files and directories.
pub(crate) struct Watch {
    /// It is there until this is dropped.
    inotify: Option<Inotify>,
    watched: Vec<WatchDescriptor>,
}

impl Watch {
    /// Watches one path: what is written to a file, or what comes and goes in a directory.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let idle = idle().pop();
        let inotify = match idle {
            Some(inotify) => inotify,
            None => Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?,
        };
        let mut watch = Self {
            inotify: Some(inotify),
            watched: Vec::new(),
        };
        watch.add(path)?;
        Ok(watch)
    }

    /// Watches another path.
    pub(crate) fn add(&mut self, path: &Path) -> io::Result<()> {
        let flags = AddWatchFlags::IN_MODIFY
            | AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_MOVED_TO
            | AddWatchFlags::IN_DELETE;
        if let Some(inotify) = &self.inotify {
            self.watched.push(inotify.add_watch(path, flags)?);
        }
        Ok(())
    }

    /// What becomes readable when something has changed.
    pub(crate) fn changes(&self) -> Option<BorrowedFd<'_>> {
        self.inotify.as_ref().map(AsFd::as_fd)
    }

    /// Forgets the changes so far; call it before looking at what may have changed.
    pub(crate) fn clear(&self) {
        while self
            .inotify
            .as_ref()
            .is_some_and(|inotify| inotify.read_events().is_ok())
        {}
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for watched in &self.watched {
            if let Some(inotify) = &self.inotify {
                // A file that was deleted has taken its watch along.
                let _ = inotify.rm_watch(*watched);
            }
        }
        self.clear();
        idle().extend(self.inotify.take());
    }
}
