//! System calls that have no safe form elsewhere.
#![expect(
    unsafe_code,
    reason = "pidfd_open and close_range have no safe wrapper in nix, and the environment is shared by all threads"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};

/// A descriptor that becomes readable when the process ends, and stays so.
pub(crate) fn exits(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes plain numbers; what it returns is a new descriptor that nobody else owns.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0);
        let fd = Errno::result(fd)?;
        Ok(OwnedFd::from_raw_fd(fd as i32))
    }
}

/// Removes a variable from the environment of this process. Only the static initialiser may do this: it runs before there is a thread.
pub(crate) fn forget_variable(name: &str) {
    // SAFETY: no other thread reads or writes the environment, since there is none.
    unsafe { std::env::remove_var(name) };
}

/// Closes every descriptor from `first` on except `kept`.
pub(crate) fn close_all_but(first: u32, kept: Option<BorrowedFd<'_>>) {
    let close = |from: u32, to: u32| {
        if from <= to {
            // SAFETY: it takes plain numbers. Descriptors that Rust owns are closed behind its back; callers do this
            // only in a fresh process, whose few owned descriptors are `kept` or the standard ones.
            unsafe { libc::syscall(libc::SYS_close_range, from, to, 0) };
        }
    };
    match kept.map(|fd| fd.as_raw_fd() as u32) {
        Some(kept) => {
            close(first, kept.saturating_sub(1).max(first));
            close(kept + 1, u32::MAX);
        }
        None => close(first, u32::MAX),
    }
}

/// Makes this process the new parent of all its descendants whose parent dies.
pub(crate) fn stay_subreaper() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// How many descriptors this process could open when it started; 0 if that is still so.
static DESCRIPTORS: AtomicU64 = AtomicU64::new(0);

/// Lets this process open as many descriptors as it may: connections, processes and leased ports take some each.
pub(crate) fn raise_descriptor_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok()
    {
        DESCRIPTORS.store(soft, Ordering::Relaxed);
    }
}

/// Takes this back, for a daemon: some allocate as much as the limit allows, and `select` knows no descriptor above 1023. It may get
/// even fewer.
pub(super) fn restore_descriptor_limit(most: Option<u64>) {
    if let Ok((now, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let soft = match DESCRIPTORS.load(Ordering::Relaxed) {
            0 => now,
            soft => soft,
        };
        let soft = most.map_or(soft, |most| most.min(soft));
        let _ = setrlimit(Resource::RLIMIT_NOFILE, soft, hard);
    }
}

/// Turns off the signal that ends a process which writes to a closed pipe; the Rust runtime does it before `main`, where
/// the supervisor never comes.
pub(crate) fn ignore_broken_pipes() {
    // SAFETY: ignoring a signal installs no handler.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
}

/// Blocks the signals in this thread and those that it starts, and returns a descriptor on which they arrive instead.
pub(crate) fn block_signals(signals: &[Signal]) -> io::Result<SignalFd> {
    let mask: SigSet = signals.iter().copied().collect();
    mask.thread_block()?;
    Ok(SignalFd::with_flags(
        &mask,
        SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC,
    )?)
}

/// Collects one child that has ended: its number, and whether it was killed.
pub(crate) fn collect() -> Option<(u32, bool)> {
    match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(pid, _)) => Some((pid.as_raw().unsigned_abs(), false)),
        Ok(WaitStatus::Signaled(pid, ..)) => Some((pid.as_raw().unsigned_abs(), true)),
        _ => None,
    }
}
