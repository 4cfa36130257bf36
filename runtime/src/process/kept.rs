//! Tests of keepers with real processes.
#![expect(unsafe_code, reason = "a tracer is set by a bare call")]

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::id;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::child::Child;
use super::identity::{Identity, is_stopped};
use super::keepers::Keepers;
use super::plan::Plan;
use super::poll::wait;
use super::seccomp::refuse;
use super::signal::Kill;
use crate::deadline::Deadline;
use crate::error::End;

/// Longer than anything takes that works, also on a busy machine.
const LONG: Duration = Duration::from_secs(60);

const TERM: Kill = Kill {
    signal: Signal::SIGTERM as i32,
    then: Signal::SIGKILL as i32,
    grace: LONG,
};

pub(super) fn plan(program: &str, args: &[&str]) -> Plan {
    let null = || File::options().write(true).open("/dev/null").unwrap();
    Plan {
        program: program.into(),
        args: args.iter().map(ToString::to_string).collect(),
        env: vec![("PATH".into(), std::env::var_os("PATH").unwrap())],
        cwd: "/".into(),
        stdin: None,
        stdout: null(),
        stderr: null(),
        user: None,
        descriptors: None,
        stop: Kill::NOW,
    }
}

pub(super) fn start(plan: Plan) -> io::Result<Child> {
    Child::spawn(plan, &Arc::new(Keepers::default()))
}

/// Runs a script of the shell under a keeper.
fn shell(script: &str) -> Child {
    start(plan("/bin/sh", &["-c", script])).unwrap()
}

/// Stops it, which leaves nothing. Returns how the process ended.
fn stop(child: &Child, how: Kill) -> End {
    let left = child.finish(how, how, None);
    assert!(left.is_empty(), "{left:?}");
    child.ended().unwrap()
}

/// A file for what processes have to say.
struct Said(PathBuf);

impl Said {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fixtured-kept-{test}-{}", id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap_or_default()
    }

    /// Waits until this has been said.
    fn until(&self, text: &str) {
        eventually(|| self.read().contains(text));
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn eventually(done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < LONG, "it has never come to this");
        wait(&[], Deadline::after(Duration::from_millis(2))).unwrap();
    }
}

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid as i32), signal).unwrap();
}

/// How much time of a processor the process has used, in clock ticks, of which there are a hundred in a second.
fn used(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
    let fields = fields.split(' ').skip(11).take(2);
    fields.map(|field| field.parse::<u64>().unwrap()).sum()
}

#[test]
fn an_end_is_reported_as_it_was() {
    for (script, end) in [
        ("exit 0", End::Code(0)),
        ("exit 3", End::Code(3)),
        ("kill -9 $$", End::Signal(9)),
    ] {
        let child = shell(script);
        assert!(child.gone(Deadline::after(LONG)), "{script}");
        assert_eq!(child.ended(), Some(end), "{script}");
    }
}

/// The keeper may be gone with the order unread, which the system tells once instead of what it has reported.
#[test]
fn who_is_stopped_as_he_ends_has_ended_as_he_did() {
    for round in 0..400 {
        let child = shell("exit 5");
        // The order comes before, at, and after the end.
        let late = Duration::from_micros(round % 20 * 100);
        wait(&[], Deadline::after(late)).unwrap();
        let end = stop(&child, TERM);
        assert!(
            matches!(end, End::Code(5) | End::Signal(15)),
            "{round}: {end}"
        );
        assert_eq!(child.ended(), Some(end));
    }
}

#[test]
fn who_was_stopped_by_a_signal_heeds_the_stop() {
    let child = shell("exec sleep 1000");
    send(child.pid(), Signal::SIGSTOP);
    eventually(|| is_stopped(child.pid()));
    assert_eq!(stop(&child, TERM), End::Signal(15));
}

/// Signals that the supervisor or its parent ignores or blocks are not ignored by daemons.
#[test]
fn daemons_start_with_all_signals_as_they_are_by_default() {
    let said = Said::new("signals");
    let script = format!(
        "cat /proc/self/status > {0}; echo . >> {0}",
        said.0.display()
    );
    thread::spawn(move || {
        let mask: nix::sys::signal::SigSet = [Signal::SIGUSR1].into_iter().collect();
        mask.thread_block().unwrap();
        let child = shell(&script);
        assert!(child.gone(Deadline::after(LONG)));
    })
    .join()
    .unwrap();
    for name in ["SigIgn:\t", "SigBlk:\t"] {
        let said = said.read();
        let set = said.lines().find_map(|line| line.strip_prefix(name));
        let set = u64::from_str_radix(set.unwrap(), 16).unwrap();
        // The library keeps signals from 32 on for itself.
        assert_eq!(set & u64::from(u32::MAX >> 1), 0, "{said}");
    }
}

#[test]
fn a_detached_descendant_that_loses_its_parent_is_asked() {
    let said = Said::new("orphan");
    let file = said.0.display();
    let worker = format!(
        "trap \"echo asked >> {file}; exit\" TERM; echo up >> {file}; while :; do sleep 0.01; done"
    );
    let child = shell(&format!("setsid sh -c '{worker}' & wait"));
    said.until("up");
    assert_eq!(stop(&child, TERM), End::Signal(15));
    assert_eq!(said.read(), "up\nasked\n");
}

#[test]
fn a_detached_descendant_whose_parent_outlives_the_signal_is_asked_in_the_second_half() {
    let said = Said::new("outlives");
    let file = said.0.display();
    let worker = format!(
        "trap \"echo asked >> {file}; exit\" TERM; echo up >> {file}; while :; do sleep 0.01; done"
    );
    let child = shell(&format!(
        "trap : TERM; setsid --fork --wait sh -c '{worker}'; wait; exit 0"
    ));
    said.until("up");
    let how = Kill {
        grace: Duration::from_secs(4),
        ..TERM
    };
    assert_eq!(stop(&child, how), End::Code(0));
    assert_eq!(said.read(), "up\nasked\n");
}

/// A server stops its workers in its own order, without interference.
#[test]
fn detached_workers_of_a_server_that_stops_are_left_to_it() {
    let said = Said::new("workers");
    let file = said.0.display();
    let worker = format!(
        "trap \"echo asked >> {file}\" TERM; trap \"echo told >> {file}; exit\" USR1; echo up $$ >> {file}; while :; do sleep 0.01; done"
    );
    let server = format!(
        "setsid sh -c '{worker}' & trap 'sleep 0.3; kill -USR1 $!; wait $!; exit 0' TERM; while :; do sleep 0.01; done"
    );
    let child = shell(&server);
    said.until("up");
    assert_eq!(stop(&child, TERM), End::Code(0));
    let said = said.read();
    assert!(
        said.ends_with("\ntold\n") && !said.contains("asked"),
        "{said}"
    );
}

#[test]
fn a_keeper_without_supervisor_rests_while_it_waits() {
    let said = Said::new("abandoned");
    let script = format!(
        "trap '' TERM; echo up > {}; while :; do sleep 1; done",
        said.0.display()
    );
    let child = start(Plan {
        stop: TERM,
        ..plan("/bin/sh", &["-c", &script])
    })
    .unwrap();
    said.until("up");
    let (pid, keeper) = (child.pid(), child.keeper());
    drop(child);
    let mut last = 0;
    let began = Instant::now();
    while Identity::of(pid).is_some() {
        assert!(began.elapsed() < LONG);
        last = used(keeper);
        wait(&[], Deadline::after(Duration::from_millis(2))).unwrap();
    }
    assert!(last < 10, "{last} ticks in half a second");
}

/// Whoever traces a keeper keeps it from its work.
#[test]
fn a_keeper_that_does_not_answer_is_done_without() {
    let child = shell("exec sleep 1000");
    let (pid, keeper) = (child.pid(), child.keeper());
    // SAFETY: plain numbers.
    unsafe {
        let keeper = keeper as libc::pid_t;
        let nothing = std::ptr::null_mut::<libc::c_void>();
        assert_eq!(
            libc::ptrace(libc::PTRACE_SEIZE, keeper, nothing, nothing),
            0
        );
        let stopped = libc::ptrace(libc::PTRACE_INTERRUPT, keeper, nothing, nothing);
        assert_eq!(stopped, 0);
    }
    eventually(|| is_stopped(keeper));
    let began = Instant::now();
    let left = child.finish(Kill::NOW, Kill::NOW, None);
    assert!(left.is_empty(), "{left:?}");
    assert!(began.elapsed() < LONG);
    assert_eq!(Identity::of(pid), None);
}

#[test]
fn a_keeper_that_was_stopped_is_let_go_on() {
    let child = shell("exec sleep 1000");
    send(child.keeper(), Signal::SIGSTOP);
    eventually(|| is_stopped(child.keeper()));
    assert_eq!(stop(&child, TERM), End::Signal(15));
}

/// Runs in a thread to which the system refuses calls.
pub(super) fn refusing<T: Send + 'static>(
    calls: &'static [libc::c_long],
    errno: Errno,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let thread = thread::spawn(move || {
        refuse(calls, errno as i32);
        work()
    });
    thread.join().unwrap()
}

#[test]
fn who_may_not_be_killed_is_named_and_his_keeper_rests() {
    const KILLING: &[libc::c_long] = &[libc::SYS_kill, libc::SYS_pidfd_send_signal];
    let (child, left) = refusing(KILLING, Errno::EPERM, || {
        let child = shell("exec sleep 1000");
        let how = Kill {
            grace: Duration::from_millis(10),
            ..TERM
        };
        let left = child.finish(how, how, None);
        (child, left)
    });
    let (before, lives) = (used(child.keeper()), Identity::of(child.pid()).is_some());
    wait(&[], Deadline::after(Duration::from_secs(2))).unwrap();
    let ticks = used(child.keeper()) - before;
    send(child.pid(), Signal::SIGKILL);
    assert_eq!((left, lives), (vec![child.pid()], true));
    // Without a rest it would be two hundred.
    assert!(ticks < 60, "{ticks} ticks in two seconds");
    assert!(child.gone(Deadline::after(LONG)));
    assert_eq!(child.ended(), Some(End::Signal(9)));
}

/// As with kernels before Linux 5.3 and 5.9, and in some sandboxes.
#[test]
fn keepers_do_without_new_calls() {
    const NEW: &[libc::c_long] = &[
        libc::SYS_close_range,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_send_signal,
    ];
    for errno in [Errno::ENOSYS, Errno::EPERM] {
        refusing(NEW, errno, || {
            let _kept = File::open("/dev/null").unwrap();
            let child = shell("exec sleep 1000");
            let fds = fs::read_dir(format!("/proc/{}/fd", child.keeper())).unwrap();
            // The standard streams and the way to the supervisor.
            assert_eq!(fds.count(), 4);
            assert_eq!(stop(&child, TERM), End::Signal(15));
        });
    }
}
