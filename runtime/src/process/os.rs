//! System calls that have no safe form elsewhere.
#![expect(
    unsafe_code,
    reason = "what is done to a signal and to the environment is shared by all threads"
)]

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};

/// Removes a variable from the environment of this process. Only the static initialiser may do this: it runs before there is a thread.
pub(crate) fn forget_variable(name: &str) {
    // SAFETY: no other thread reads or writes the environment, since there is none.
    unsafe { std::env::remove_var(name) };
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
