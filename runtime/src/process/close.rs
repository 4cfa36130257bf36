//! Closing all descriptors, as a fresh process does.
#![expect(
    unsafe_code,
    reason = "close_range has no safe wrapper, and a forked process may allocate nothing"
)]

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use nix::libc;

use super::listing::{each_number, in_directory};

/// As many descriptors as are tried one by one where nothing says which are open.
const MOST: u32 = 1 << 20;

/// Closes every descriptor from `first` on except `kept`. It allocates nothing and takes no lock.
pub(crate) fn close_all_but(first: u32, kept: Option<BorrowedFd<'_>>) {
    match kept.map(|fd| fd.as_raw_fd().unsigned_abs()) {
        Some(kept) if kept >= first => {
            if kept > first {
                close_range(first, kept - 1);
            }
            close_range(kept.saturating_add(1), u32::MAX);
        }
        _ => close_range(first, u32::MAX),
    }
}

/// Closes the descriptors from `from` to `to`.
fn close_range(from: u32, to: u32) {
    // SAFETY: it takes plain numbers. Descriptors that Rust owns are closed behind its back; callers do this only in a fresh
    // process, whose few owned descriptors are kept or the standard ones.
    let done = unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) };
    // Kernels before Linux 5.9 do not have it, and some sandboxes refuse it.
    if done != 0 && !close_listed(from, to) {
        for fd in from..=to.min(MOST) {
            close(fd);
        }
    }
}

/// Closes those of them that `/proc` says are open. Returns whether it could be asked.
fn close_listed(from: u32, to: u32) -> bool {
    in_directory(c"/proc/self/fd", |directory: RawFd| {
        each_number(directory, |fd| {
            let number = fd.unsigned_abs();
            if fd != directory && (from..=to).contains(&number) {
                close(number);
            }
        });
    })
    .is_some()
}

fn close(fd: u32) {
    if let Ok(fd) = RawFd::try_from(fd) {
        // SAFETY: see `close_range`.
        unsafe { libc::close(fd) };
    }
}
