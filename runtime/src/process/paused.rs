//! Tests of pauses with real processes.

use std::fs;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};

use super::child::Child;
use super::identity::is_stopped;
use super::kept::{plan, refusing, start};
use super::poll::eventually;
use super::signal::Kill;
use super::tree::descendants;
use crate::deadline::Deadline;
use crate::error::End;

const LONG: Duration = Duration::from_secs(60);

const TERM: Kill = Kill {
    signal: Signal::SIGTERM as i32,
    then: Signal::SIGKILL as i32,
    grace: LONG,
};

/// Runs a script of the shell, and waits until it has this many descendants.
fn shell(script: &str, descendants: usize) -> Child {
    let child = start(plan("/bin/sh", &["-c", script])).unwrap();
    eventually(|| states(&child).len() > descendants);
    child
}

/// What all threads of the process and its descendants are doing, as letters.
fn states(child: &Child) -> Vec<char> {
    let threads = |pid: &u32| fs::read_dir(format!("/proc/{pid}/task")).ok();
    let pids = descendants(child.keeper());
    let threads = pids.iter().filter_map(threads).flatten().flatten();
    let stat = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("stat")).ok();
    let state = |stat: String| stat.rsplit_once(") ")?.1.chars().next();
    threads.filter_map(stat).filter_map(state).collect()
}

fn pause(child: &Child) -> bool {
    child.pause().unwrap().done(Deadline::after(LONG))
}

fn resume(child: &Child) -> bool {
    child.resume().unwrap().done(Deadline::after(LONG))
}

fn are_stopped(child: &Child) -> bool {
    let states = states(child);
    !states.is_empty() && states.iter().all(|state| matches!(state, 'T' | 'Z'))
}

/// Ends it, which leaves nothing, in much less than the grace period.
fn stop(child: &Child, how: Kill) -> End {
    let began = Instant::now();
    let left = child.finish(how, how, None);
    assert!(left.is_empty(), "{left:?}");
    assert!(began.elapsed() < LONG / 2);
    child.ended().unwrap()
}

/// A shell, a worker in a session of its own with a child, one that has lost its parent, and threads.
const FAMILY: &str = "setsid sh -c 'sleep 1000 & sleep 1000' & (setsid sleep 1000 &) ; \
     python3 -c 'import threading, time\nfor _ in range(4): threading.Thread(target=time.sleep, args=[1000]).start()' & wait";

#[test]
fn a_pause_stops_every_thread_of_every_descendant() {
    let child = shell(FAMILY, 9);
    for _ in 0..3 {
        assert!(pause(&child) && are_stopped(&child), "{:?}", states(&child));
        assert!(child.not_stopped().is_empty());
        // Once more does no harm.
        assert!(pause(&child) && are_stopped(&child));
        assert!(resume(&child));
        eventually(|| !states(&child).contains(&'T'));
        assert!(resume(&child));
    }
    stop(&child, Kill::NOW);
}

#[test]
fn what_is_forked_meanwhile_is_stopped_too() {
    let storms = [
        "while :; do sleep 0.001 & done",
        "while :; do setsid sh -c 'sleep 0.001 & exit' & done",
        // Each leaves its session, forks and exits.
        "exec python3 -c 'import os\nwhile True:\n    if os.fork(): os._exit(0)\n    os.setsid()'",
    ];
    for storm in storms {
        let child = shell(storm, 0);
        for _ in 0..5 {
            assert!(pause(&child), "{storm}");
            let before = descendants(child.keeper());
            assert!(are_stopped(&child), "{storm}: {:?}", states(&child));
            assert_eq!(before, descendants(child.keeper()), "{storm}");
            assert!(resume(&child));
        }
        assert!(pause(&child));
        stop(&child, Kill::NOW);
    }
}

#[test]
fn what_is_paused_can_be_asked_to_end() {
    // The shell takes its worker along, which is in a session of its own.
    let script = "trap 'kill $!; wait; exit 3' TERM; setsid sleep 1000 & wait";
    let child = shell(script, 1);
    assert!(pause(&child) && are_stopped(&child));
    assert_eq!(stop(&child, TERM), End::Code(3));
    assert!(!pause(&child) && !resume(&child));
}

#[test]
fn a_keeper_without_supervisor_ends_what_is_paused() {
    let mut own = plan("/bin/sh", &["-c", "sleep 1000 & wait"]);
    own.stop = TERM;
    let child = start(own).unwrap();
    assert!(pause(&child));
    let keeper = child.keeper();
    drop(child);
    eventually(|| descendants(keeper).is_empty());
}

/// The kernel resumes the stopped members of a group that the end of a process leaves without a parent outside of it.
#[test]
fn what_the_kernel_resumes_is_paused_again() {
    // The leader of a session has a child in a group of its own, which ignores SIGHUP.
    let worker = "set -m; (trap \"\" HUP; while :; do sleep 0.01; done) & wait";
    let child = shell(&format!("setsid sh -c '{worker}' & wait"), 2);
    assert!(pause(&child) && are_stopped(&child));
    let leads = |pid: &u32| {
        getsid(Some(Pid::from_raw(pid.cast_signed())))
            .unwrap()
            .as_raw() as u32
            == *pid
    };
    let leader = descendants(child.keeper()).into_iter().find(leads).unwrap();
    kill(Pid::from_raw(leader.cast_signed()), Signal::SIGKILL).unwrap();
    eventually(|| !is_stopped(leader));
    eventually(|| are_stopped(&child));
    assert!(resume(&child));
    eventually(|| !are_stopped(&child));
    stop(&child, Kill::NOW);
}

#[test]
fn who_may_not_be_signalled_is_named() {
    const SIGNALS: &[libc::c_long] = &[libc::SYS_kill, libc::SYS_pidfd_send_signal];
    let child = refusing(SIGNALS, Errno::EPERM, || shell("exec sleep 1000", 0));
    let soon = Deadline::after(Duration::from_millis(50));
    assert!(!child.pause().unwrap().done(soon));
    assert_eq!(child.not_stopped(), [child.pid()]);
    assert!(resume(&child));
    kill(Pid::from_raw(child.pid().cast_signed()), Signal::SIGKILL).unwrap();
    assert!(child.gone(Deadline::after(LONG)));
}

/// As with kernels before Linux 5.3, and in some sandboxes.
#[test]
fn a_pause_does_without_new_calls() {
    const NEW: &[libc::c_long] = &[libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal];
    let child = refusing(NEW, Errno::ENOSYS, || shell("setsid sleep 1000 & wait", 1));
    assert!(pause(&child) && are_stopped(&child));
    assert!(resume(&child) && !is_stopped(child.pid()));
    stop(&child, Kill::NOW);
}
