//! A descriptor that tells when a process ends that is not a child of this one.
#![expect(unsafe_code, reason = "pidfd_open has no safe wrapper in nix")]

use std::io;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;

use super::identity::Identity;
use super::poll::{Interest, wait};
use crate::deadline::Deadline;

/// How often a process is looked at where the system does not tell when it ends.
const LOOK: Duration = Duration::from_millis(20);

/// A look needs little room.
const STACK: usize = 64 << 10;

/// A descriptor that becomes readable when the process ends, and stays so.
pub(crate) fn pidfd(pid: u32) -> io::Result<OwnedFd> {
    match pidfd_open(pid) {
        // Kernels before Linux 5.3 do not have it, and some sandboxes refuse it.
        Err(Errno::ENOSYS | Errno::EPERM) => watched(pid),
        result => Ok(result?),
    }
}

fn pidfd_open(pid: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: pidfd_open takes plain numbers; what it returns is a new descriptor with no other owner.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0);
        Ok(OwnedFd::from_raw_fd(Errno::result(fd)? as i32))
    }
}

/// The same by a thread that looks again and again, until the process has ended or the caller is no longer interested.
fn watched(pid: u32) -> io::Result<OwnedFd> {
    let process = Identity::of(pid).ok_or(Errno::ESRCH)?;
    let (ends, held) = io::pipe()?;
    let look = move || {
        let unwanted = [Interest::closed(held.as_fd())];
        while process.runs() {
            let is_unwanted = wait(&unwanted, Deadline::after(LOOK));
            if is_unwanted.is_ok_and(|happened| happened == [true]) {
                break;
            }
        }
    };
    thread::Builder::new().stack_size(STACK).spawn(look)?;
    Ok(ends.into())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn both_ways_tell_when_a_process_ends() {
        type Way = fn(u32) -> io::Result<OwnedFd>;
        let by_kernel: Way = |pid| Ok(pidfd_open(pid)?);
        for way in [by_kernel, watched] {
            let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
            let end = way(child.id()).unwrap();
            let ended = |until| wait(&[Interest::readable(end.as_fd())], until).unwrap();
            assert_eq!(ended(Deadline::now()), [false]);
            drop(child.stdin.take());
            assert_eq!(ended(Deadline::after(Duration::from_secs(60))), [true]);
            assert_eq!(ended(Deadline::now()), [true]);
            child.wait().unwrap();
            assert_eq!(
                way(child.id()).unwrap_err().raw_os_error(),
                Some(libc::ESRCH)
            );
        }
    }
}
