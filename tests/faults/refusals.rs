//! What the system refuses: calls that an old kernel does not have or a sandbox does not allow, processes that may not be killed, and files
//! that cannot be run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixtured::{ErrorKind, OutputExecutor, SimpleExecutor};
use fixtured_tests::{eventually, marked, process, refuse, scratch_directory, without_runner};
use nix::errno::Errno;
use nix::libc::{self, c_long};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// Who has no rights, where tests run as root.
const NOBODY: u32 = 65534;

/// The calls of kernels since Linux 3.15 that the standard libraries or we could make, but for the one for random numbers, which PostgreSQL
/// itself does not do without.
const NEW: &[c_long] = &[
    libc::SYS_renameat2,
    libc::SYS_memfd_create,
    libc::SYS_copy_file_range,
    libc::SYS_statx,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_open,
    libc::SYS_clone3,
    libc::SYS_close_range,
    libc::SYS_openat2,
    libc::SYS_faccessat2,
];

/// A whole session: daemons start, are stopped, and nothing is left when its runner has ended.
#[test]
fn a_session_does_without_the_calls_of_new_kernels() {
    for errno in [Errno::ENOSYS, Errno::EPERM] {
        // Other programs do without a call that does not exist, but not without one that is forbidden.
        let calls = match errno {
            Errno::ENOSYS => NEW,
            _ => &[libc::SYS_close_range, libc::SYS_pidfd_open][..],
        };
        let scratch = scratch_directory(&format!("calls-{}", errno as i32)).unwrap();
        fs::set_permissions(&scratch, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        command.args(["own", "redis", "postgres"]);
        without_runner(&mut command);
        command
            .env("FIXTURED_DIR", &*scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        refuse(&mut command, calls, errno);
        let mut session = command.spawn().unwrap();
        let said = BufReader::new(session.stdout.take().unwrap());
        let lines: Vec<_> = said
            .lines()
            .map(Result::unwrap)
            .take_while(|line| line != "ready")
            .collect();
        assert_eq!(lines.len(), 2, "{errno}: {lines:?}");
        assert!(!of(&scratch).is_empty());
        drop(session.stdin.take());
        assert!(session.wait().unwrap().success(), "{errno}");
        eventually("nothing is left", || {
            let files = fs::read_dir(&scratch).unwrap().count();
            (of(&scratch).is_empty() && files == 0).then_some(())
        });
    }
}

/// The processes that a session with this directory has started.
fn of(scratch: &Path) -> Vec<u32> {
    let all = marked(&scratch.display().to_string()).into_iter();
    all.map(|process| process.pid).collect()
}

/// Runs the program `stop` in a session of its own, and returns what it says.
fn stop(command: &mut Command) -> String {
    without_runner(command);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The number after `remains: pid`.
fn remaining(said: &str) -> u32 {
    let pid = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("remains: pid "));
    let pid = pid.and_then(|rest| rest.split(' ').next());
    let pid = pid.unwrap_or_else(|| panic!("{said}"));
    assert!(said.contains("may still be running"), "{said}");
    pid.parse().unwrap()
}

/// A sandbox that lets nobody send signals.
#[test]
fn what_could_not_be_ended_is_said_with_its_number() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_start-stop"));
    command.args(["200ms", "sh", "-c", "echo ready; exec sleep 1000"]);
    let kill_calls = [libc::SYS_kill, libc::SYS_pidfd_send_signal];
    refuse(&mut command, &kill_calls, Errno::EPERM);
    let began = Instant::now();
    let said = stop(&mut command);
    assert!(began.elapsed() < Duration::from_secs(30), "{said}");
    assert!(said.contains("`sh` could not be stopped"), "{said}");
    end(remaining(&said), "sleep 1000");
}

/// A program that has become root, started by an ordinary user. Only root can arrange this.
#[test]
fn a_program_of_another_user_is_not_said_to_be_killed() {
    if !geteuid().is_root() {
        // The same from another cause, which everybody can arrange.
        return what_could_not_be_ended_is_said_with_its_number();
    }
    let scratch = scratch_directory("setuid").unwrap();
    let program = scratch.join("misbehave");
    fs::copy(MISBEHAVE, &program).unwrap();
    chown(&program, Some(0), Some(0)).unwrap();
    for (path, mode) in [(&*scratch, 0o755), (&program, 0o4755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let mark = format!("setuid-{}", std::process::id());
    // It says `ready` itself: before, it may not be root yet.
    let nested = format!("{} become-root {mark} & wait", program.display());
    for command in [
        vec![program.to_str().unwrap(), "become-root", &mark],
        // As a descendant: the program itself is stopped well.
        vec!["sh", "-c", &nested],
    ] {
        let mut stopping = Command::new(env!("CARGO_BIN_EXE_start-stop"));
        stopping.arg("200ms").args(command);
        stopping.uid(NOBODY).gid(NOBODY).env("HOME", "/nonexistent");
        let began = Instant::now();
        let said = stop(&mut stopping);
        assert!(began.elapsed() < Duration::from_secs(30), "{said}");
        end(remaining(&said), &mark);
    }
}

/// It lives and is the one that is meant; the test ends it.
fn end(pid: u32, command: &str) {
    let found = process(pid).unwrap_or_else(|| panic!("{pid} does not run"));
    kill(Pid::from_raw(pid as i32), Signal::SIGKILL).unwrap();
    assert!(found.command.contains(command), "{found:?}");
    eventually("it is gone", || (!found.runs()).then_some(()));
}

/// The process has just ended when its keeper is told to stop it.
#[test]
fn who_is_stopped_as_he_ends_is_not_said_to_be_killed() {
    let mut echo = OutputExecutor::new("echo foo", "^foo$");
    for round in 0..400 {
        let started = echo.start().map(drop);
        started.unwrap_or_else(|error| panic!("round {round}: {error}"));
        let stopped = echo.stop().map(drop);
        stopped.unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}

#[test]
fn a_file_that_cannot_be_run_is_named_with_the_reason() {
    let scratch = scratch_directory("unrunnable").unwrap();
    let foreign: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\x7f\x01\0\0\0";
    let rows: &[(&str, u32, &[u8], &str)] = &[
        ("plain", 0o644, b"#!/bin/sh\n", "is not executable"),
        ("lost", 0o755, b"#!/no/such -x\n", "/no/such"),
        ("windows", 0o755, b"#!/bin/sh\r\n", "`/bin/sh\\r`"),
        (
            "text",
            0o755,
            b"echo hello\n",
            "neither a program nor a script",
        ),
        ("foreign", 0o755, foreign, "another CPU architecture"),
        ("directory", 0, b"", "is a directory"),
    ];
    for (name, mode, content, wanted) in rows {
        let path = scratch.join(name);
        match mode {
            0 => fs::create_dir(&path).unwrap(),
            mode => {
                fs::write(&path, content).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
        }
        let path = path.display().to_string();
        let began = Instant::now();
        let error = SimpleExecutor::new([path.as_str()])
            .start()
            .map(drop)
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(wanted) && text.contains(&path),
            "{name}: {text}"
        );
        assert_ne!(error.kind(), ErrorKind::NotInstalled, "{name}: {text}");
        assert!(began.elapsed() < Duration::from_secs(20), "{name}: {text}");
    }
}
