//! Tests of processes that do not come to run their program.

use std::fs;
use std::process::id;

use nix::errno::Errno;
use nix::libc;

use super::kept::{plan, refusing, start};
use super::plan::Plan;
use super::user::User;

#[test]
fn whatever_fails_between_fork_and_program_is_an_error_at_once() {
    let nobody = || User {
        uid: 65534,
        gid: 65534,
        groups: Vec::new(),
    };
    const SETUID: &[libc::c_long] = &[libc::SYS_setuid];
    const PRCTL: &[libc::c_long] = &[libc::SYS_setpgid];
    const EXECVE: &[libc::c_long] = &[libc::SYS_execve];
    const FORK: &[libc::c_long] = &[libc::SYS_clone, libc::SYS_clone3];
    for (calls, errno, user, wanted) in [
        (
            SETUID,
            Errno::EPERM,
            Some(nobody()),
            "it cannot switch to user 65534: ",
        ),
        (PRCTL, Errno::EACCES, None, "Permission denied"),
        (EXECVE, Errno::EPERM, None, "`/bin/true` cannot be run: "),
        (
            EXECVE,
            Errno::EAGAIN,
            None,
            "the limit on processes is reached",
        ),
        (
            FORK,
            Errno::EAGAIN,
            None,
            "the limit on processes is reached",
        ),
        (FORK, Errno::ENOMEM, None, "there is not enough memory"),
    ] {
        let plan = Plan {
            user,
            ..plan("/bin/true", &[])
        };
        let started = refusing(calls, errno, || start(plan).map(drop));
        let error = started.unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[test]
fn the_files_that_cannot_be_run_are_named_with_the_reason() {
    use std::os::unix::fs::PermissionsExt;
    let dir = std::env::temp_dir().join(format!("fixtured-refusal-{}", id()));
    fs::create_dir_all(&dir).unwrap();
    let foreign = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\x7f\x01\0\0\0";
    for (name, mode, content, wanted) in [
        (
            "plain",
            0o644,
            &b"#!/bin/sh\n"[..],
            "is not executable; run `chmod +x ",
        ),
        (
            "lost",
            0o755,
            b"#!/no/such -x\n",
            "its first line names `/no/such`",
        ),
        (
            "windows",
            0o755,
            b"#!/bin/sh\r\n",
            "convert its line endings to LF",
        ),
        (
            "text",
            0o755,
            b"echo hello\n",
            "is neither a program nor a script",
        ),
        ("empty", 0o755, b"", "is neither a program nor a script"),
        (
            "foreign",
            0o755,
            foreign,
            "is built for another CPU architecture",
        ),
        ("", 0, b"", "is a directory; name a program in it"),
        ("absent", 0, b"", "` does not exist"),
    ] {
        let path = dir.join(name);
        if mode != 0 {
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let path = path.display().to_string();
        let error = start(plan(&path, &[])).map(drop).unwrap_err().to_string();
        assert!(error.contains(wanted) && error.contains(&path), "{error}");
    }
    let elsewhere = Plan {
        cwd: dir.join("gone"),
        ..plan("/bin/true", &[])
    };
    let error = start(elsewhere).map(drop).unwrap_err().to_string();
    assert!(error.ends_with("/gone` does not exist"), "{error}");
    fs::remove_dir_all(&dir).unwrap();
}
