//! Ways to escape from whoever would end it.
#![expect(
    unsafe_code,
    reason = "forking faster than one is killed takes a bare fork"
)]

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, exit};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{ForkResult, Uid, fork, setsid, setuid};

use crate::Told;
use crate::end::{say_ready, stay};

pub(crate) fn detach(told: &Told) {
    again("detach-further", told);
    say_ready();
    stay();
}

/// A session of its own, then a child that clears its environment and loses its parent.
pub(crate) fn detach_further(told: &Told) {
    let _ = setsid();
    again("detached", told);
    exit(0);
}

pub(crate) fn detached(_: &Told) {
    let _ = setsid();
    let _ = SigSet::from(Signal::SIGTERM).thread_block();
    stay();
}

pub(crate) fn leave_daemon(told: &Told) {
    again("detach-further", told);
    say_ready();
    exit(0);
}

/// Leaves its session and forks, again and again: each process lives just long enough to have a child. It gives up after two
/// minutes, should nobody be able to end it.
pub(crate) fn fork_away(_: &Told) {
    say_ready();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        // SAFETY: this process has one thread.
        match unsafe { fork() } {
            Ok(ForkResult::Parent { .. }) => exit(0),
            Ok(ForkResult::Child) => drop(setsid()),
            Err(_) => {}
        }
    }
    exit(1)
}

/// What an ordinary user may not end, if a copy of this program lets everybody be root.
pub(crate) fn become_root(_: &Told) {
    if let Err(errno) = setuid(Uid::from_raw(0)) {
        eprintln!("it may not become root: {errno}");
        exit(6);
    }
    say_ready();
    stay();
}

/// Runs this program again, in another way, without environment and output.
fn again(way: &str, told: &Told) {
    let program = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(program);
    command.arg(way).args(&told.marks);
    command.env_clear().process_group(0);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _ = command.spawn();
}
