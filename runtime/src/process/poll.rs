//! Waiting for whichever of several descriptors moves first.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use crate::deadline::Deadline;

/// What is waited for on a descriptor.
#[derive(Clone, Copy)]
pub(crate) struct Interest<'a> {
    fd: BorrowedFd<'a>,
    flags: PollFlags,
}

impl<'a> Interest<'a> {
    /// There is something to read, or the other side is gone.
    pub(crate) fn readable(fd: BorrowedFd<'a>) -> Self {
        Self {
            fd,
            flags: PollFlags::POLLIN,
        }
    }

    /// There is room for more to write, or a connection has come about or has failed.
    pub(crate) fn writable(fd: BorrowedFd<'a>) -> Self {
        Self {
            fd,
            flags: PollFlags::POLLOUT,
        }
    }

    /// The other side is gone, whatever there may be to read: the system always tells, also when nothing is asked for.
    pub(crate) fn closed(fd: BorrowedFd<'a>) -> Self {
        Self {
            fd,
            flags: PollFlags::empty(),
        }
    }
}

/// Waits until something happens on one of the descriptors, at the latest until the deadline. Says for each whether it happened.
///
/// It measures in nanoseconds, since most waits for a server are shorter than a millisecond.
pub(crate) fn wait(interests: &[Interest<'_>], until: Deadline) -> io::Result<Vec<bool>> {
    let mut fds: Vec<PollFd<'_>> = interests
        .iter()
        .map(|it| PollFd::new(it.fd, it.flags))
        .collect();
    loop {
        let left = until.left().map(TimeSpec::from);
        match ppoll(&mut fds, left, None) {
            Ok(_) => return Ok(fds.iter().map(|fd| fd.any().unwrap_or(true)).collect()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// The pause before something without events is looked at again: short at first and a small part of the time that has
/// passed later, so that the delay stays a small part of the whole.
pub(crate) fn pause(waited: Duration) -> Duration {
    (waited / 512).clamp(Duration::from_micros(200), Duration::from_millis(4))
}

/// Waits for something that other tests of this process may hold up: a child that one of them forks has every descriptor of this
/// process until it runs its program, and so a socket that has just been closed here.
#[cfg(test)]
pub(crate) fn eventually(mut holds: impl FnMut() -> bool) {
    let until = Deadline::after(Duration::from_secs(60));
    while !holds() {
        assert!(!until.has_passed(), "it did not hold within 60 s");
        let _ = wait(&[], until.within(Duration::from_millis(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_wait_and_stay_short() {
        assert_eq!(pause(Duration::ZERO), Duration::from_micros(200));
        assert_eq!(pause(Duration::from_millis(512)), Duration::from_millis(1));
        assert_eq!(pause(Duration::from_secs(3600)), Duration::from_millis(4));
    }
}
