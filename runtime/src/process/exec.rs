//! A program with all that it is given, made before the fork: a forked process may allocate nothing.
#![expect(
    unsafe_code,
    reason = "a forked process may only make plain system calls"
)]

use std::ffi::{CString, OsStr, OsString, c_char};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::step::{Failed, Step};

/// A program, its arguments and variables as the kernel takes them, its directory and its standard streams.
#[derive(Debug)]
pub(super) struct Exec {
    program: CString,
    args: Strings,
    env: Strings,
    cwd: CString,
    streams: [OwnedFd; 3],
}

impl Exec {
    pub(super) fn new(
        program: &Path,
        args: Vec<String>,
        env: Vec<(OsString, OsString)>,
        cwd: &Path,
        streams: [OwnedFd; 3],
    ) -> io::Result<Self> {
        let args = std::iter::once(program.as_os_str().to_owned())
            .chain(args.into_iter().map(OsString::from));
        let env = env.into_iter().map(|(mut variable, value)| {
            variable.push("=");
            variable.push(value);
            variable
        });
        let [stdin, stdout, stderr] = streams;
        Ok(Self {
            program: string(program)?,
            args: Strings::new(args)?,
            env: Strings::new(env)?,
            cwd: string(cwd)?,
            streams: [beyond(stdin)?, beyond(stdout)?, beyond(stderr)?],
        })
    }

    /// Takes the streams. In a forked process only.
    pub(super) unsafe fn take_streams(&self) -> Result<(), Failed> {
        for (number, stream) in (0..).zip(&self.streams) {
            // SAFETY: a system call on plain numbers.
            Step::Streams.check(unsafe { libc::dup2(stream.as_raw_fd(), number) })?;
        }
        Ok(())
    }

    /// Goes to the directory. In a forked process only.
    pub(super) unsafe fn go_to_directory(&self) -> Result<(), Failed> {
        // SAFETY: the string ends with a zero byte.
        Step::Directory.check(unsafe { libc::chdir(self.cwd.as_ptr()) })
    }

    /// Becomes the program; comes back only if that fails. In a forked process only.
    pub(super) unsafe fn run(&self) -> Failed {
        // SAFETY: the strings end with zero bytes, the arrays with null pointers.
        unsafe {
            libc::execve(
                self.program.as_ptr(),
                self.args.pointers.as_ptr(),
                self.env.pointers.as_ptr(),
            );
        }
        Step::Program.failed()
    }
}

/// Strings with the array of pointers to them, which ends with a null pointer.
#[derive(Debug)]
struct Strings {
    _all: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl Strings {
    fn new(all: impl Iterator<Item = OsString>) -> io::Result<Self> {
        let all: Vec<_> = all.map(string).collect::<io::Result<_>>()?;
        let pointers = all.iter().map(|string| string.as_ptr());
        let pointers = pointers.chain([std::ptr::null()]).collect();
        Ok(Self {
            _all: all,
            pointers,
        })
    }
}

fn string(text: impl AsRef<OsStr>) -> io::Result<CString> {
    let text = text.as_ref();
    CString::new(text.to_owned().into_vec()).map_err(|_| {
        let text = String::from_utf8_lossy(text.as_bytes()).replace('\0', "\\0");
        let problem = format!("`{text}` contains a NUL byte, which no argument may");
        io::Error::new(io::ErrorKind::InvalidInput, problem)
    })
}

/// The same stream under a number that is not that of a standard stream, which another one may need.
fn beyond(stream: OwnedFd) -> io::Result<OwnedFd> {
    const FIRST: RawFd = 3;
    if stream.as_raw_fd() >= FIRST {
        return Ok(stream);
    }
    let number = fcntl(&stream, FcntlArg::F_DUPFD_CLOEXEC(FIRST))?;
    // SAFETY: it is a new descriptor with no other owner.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(number) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_zero_byte_is_refused_by_name() {
        let error = string("a\0b").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(
            error.to_string().starts_with("`a\\0b` contains a NUL"),
            "{error}"
        );
    }
}
