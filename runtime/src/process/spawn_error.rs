//! What the system means when it refuses to start a process.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::geteuid;

use super::limit::{limit, with_limit};
use super::step::{Failed, Step};
use super::user::User;
use crate::error::NotStarted;

/// How much of a file is read to see what it is.
const START: u64 = 256;

/// What a failed step between fork and program means.
pub(super) fn explain(
    failed: Failed,
    program: &Path,
    cwd: &Path,
    user: Option<&User>,
) -> io::Error {
    let Failed { step, errno } = failed;
    let reason = errno.desc().to_owned();
    let not_started = match step {
        _ if limit(errno).is_some() => return with_limit(errno.into()),
        Step::Directory => match cwd.exists() {
            true => NotStarted::Directory {
                path: cwd.into(),
                reason,
            },
            false => NotStarted::NoDirectory { path: cwd.into() },
        },
        Step::User => NotStarted::User {
            uid: user.map_or(0, |user| user.uid),
            reason,
        },
        Step::Program => refused(program, errno, user),
        Step::Keeper | Step::Fork | Step::Streams | Step::Signals => NotStarted::Other { reason },
    };
    io::Error::new(io::Error::from(errno).kind(), not_started)
}

/// Why a file cannot be run (execve(2)).
fn refused(program: &Path, errno: Errno, user: Option<&User>) -> NotStarted {
    let file = program.to_owned();
    let start = start(program);
    match errno {
        Errno::ENOENT | Errno::ENOTDIR if !program.exists() => NotStarted::Missing { file },
        Errno::ENOENT | Errno::ENOTDIR => NotStarted::Interpreter {
            interpreter: interpreter(&start),
            file,
        },
        Errno::EACCES if program.is_dir() => NotStarted::IsDirectory { file },
        Errno::EACCES if !may_be_executed(program) => NotStarted::NotExecutable { file },
        Errno::EACCES => NotStarted::NoAccess {
            user: user.map(|user| user.uid),
            closed: closed(program, user),
            file,
        },
        Errno::ENOEXEC => NotStarted::Format {
            is_program: start.starts_with(b"\x7fELF"),
            file,
        },
        errno => NotStarted::Program {
            file,
            reason: errno.desc().into(),
        },
    }
}

/// The first bytes of a file, as far as it may be read.
fn start(file: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    if let Ok(file) = File::open(file) {
        let _ = file.take(START).read_to_end(&mut start);
    }
    start
}

/// What the first line of a script names after `#!`.
fn interpreter(start: &[u8]) -> Option<PathBuf> {
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
    let named = words.find(|word| !word.is_empty())?;
    // With a Windows line ending, the interpreter's name ends with a carriage return.
    Some(std::ffi::OsStr::from_bytes(named).into())
}

fn may_be_executed(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

/// The first directory above a file that the user may not enter.
fn closed(file: &Path, user: Option<&User>) -> Option<PathBuf> {
    let uid = user.map_or_else(|| geteuid().as_raw(), |user| user.uid);
    let mut above: Vec<_> = file.ancestors().skip(1).collect();
    above.reverse();
    let may_enter = |directory: &&Path| {
        let Ok(metadata) = fs::metadata(directory) else {
            return true;
        };
        let in_group = user.is_some_and(|user| {
            user.gid == metadata.gid() || user.groups.contains(&metadata.gid())
        });
        let bit = match (metadata.uid() == uid, in_group) {
            (true, _) => 0o100,
            (_, true) => 0o010,
            _ => 0o001,
        };
        uid == 0 || metadata.permissions().mode() & bit != 0
    };
    let mut closed = above.into_iter().filter(|directory| !may_enter(directory));
    closed.next().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_of_a_script_is_its_first_word() {
        let check = |text: &str, wanted: Option<&str>| {
            assert_eq!(interpreter(text.as_bytes()), wanted.map(Into::into));
        };
        check("#!/bin/sh\necho", Some("/bin/sh"));
        check("#! /usr/bin/env python3\n", Some("/usr/bin/env"));
        check("#!/bin/sh\r\n", Some("/bin/sh\r"));
        check("echo", None);
        check("#!\n", None);
    }
}
