//! Stopping a process so that it does nothing more.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::eventually;

/// Stops these processes by SIGSTOP, and waits until none of their threads runs: until then they still do what they have been asked.
pub fn halt(pids: impl IntoIterator<Item = u32>) {
    let pids: Vec<_> = pids.into_iter().collect();
    for pid in &pids {
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSTOP).unwrap();
    }
    for pid in pids {
        eventually("a process is stopped", || is_halted(pid).then_some(()));
    }
}

/// Returns whether no thread of the process runs: all are stopped, or have ended.
pub fn is_halted(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter();
    let mut stats = threads
        .flatten()
        .flatten()
        .map(|thread| fs::read_to_string(thread.path().join("stat")).unwrap_or_default());
    stats.all(|stat| match stat.rsplit_once(") ") {
        Some((_, fields)) => fields.starts_with(['T', 'Z', 'X']),
        // It has ended.
        None => true,
    })
}
