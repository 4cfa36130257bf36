//! The processes of this machine and their parents.
#![expect(
    unsafe_code,
    reason = "a keeper, forked from a process with threads, must read /proc without allocating"
)]

use std::ffi::CStr;
use std::fs;
use std::os::fd::RawFd;
use std::path::Path;

use nix::errno::Errno;
use nix::libc::{self, c_int, pid_t};

use super::listing::{each_number, in_directory, number};

/// A process as `/proc/PID/stat` shows it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(crate) pid: pid_t,
    pub(crate) parent: pid_t,
    pub(crate) group: pid_t,
    /// What it is doing, as a letter.
    pub(crate) state: u8,
    pub(crate) threads: i32,
}

/// Calls `visit` for each process. It allocates nothing and takes no lock.
fn each_process(mut visit: impl FnMut(Entry)) {
    in_proc(|proc| {
        each_number(proc, |pid| {
            if let Some(entry) = stat(proc, pid) {
                visit(entry);
            }
        });
    });
}

/// The numbers of all processes.
pub(super) fn all() -> Vec<u32> {
    let mut found = Vec::new();
    each_process(|process| found.push(process.pid.unsigned_abs()));
    found
}

/// The numbers of all processes that descend from `ancestor`.
pub(super) fn descendants(ancestor: u32) -> Vec<u32> {
    Parents::now().descendants(ancestor)
}

/// The numbers of all processes with those of their parents, at one moment.
pub(crate) struct Parents(Vec<(u32, u32)>);

impl Parents {
    pub(crate) fn now() -> Self {
        let mut all = Vec::new();
        each_process(|process| {
            all.push((process.pid.unsigned_abs(), process.parent.unsigned_abs()));
        });
        Self(all)
    }

    pub(super) fn descendants(&self, ancestor: u32) -> Vec<u32> {
        let mut found = vec![ancestor];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            found.extend(self.0.iter().filter(|it| it.1 == parent).map(|it| it.0));
            next += 1;
        }
        found.remove(0);
        found
    }
}

/// Returns whether a process descends from `ancestor`, as far as is known.
pub(super) fn is_below(pid: u32, ancestor: u32) -> bool {
    let mut below = false;
    in_proc(|proc| below = descends(proc, pid as pid_t, ancestor as pid_t));
    below
}

/// Opens `/proc` for as long as `look` takes.
fn in_proc(look: impl FnOnce(RawFd)) {
    in_directory(c"/proc", look);
}

/// Sends a signal to a process, or to a process group if the number is negative, and resumes it, since a stopped process handles no signal but
/// SIGKILL. Returns whether it could be sent.
pub(super) fn send(pid: pid_t, signal: c_int) -> bool {
    // SAFETY: kill takes plain numbers.
    unsafe {
        let sent = libc::kill(pid, signal) == 0;
        if sent && resumes(signal) {
            libc::kill(pid, libc::SIGCONT);
        }
        sent
    }
}

/// Returns whether what gets the signal is resumed, so that it can handle it.
fn resumes(signal: c_int) -> bool {
    !matches!(signal, 0 | libc::SIGKILL | libc::SIGSTOP | libc::SIGCONT)
}

/// Sends the signal to each child of `parent` that `chosen` accepts; SIGKILL also goes to the whole process group of such a
/// child, which nothing can leave by forking in between. Returns how many it could be sent to.
pub(super) fn signal_children(
    parent: pid_t,
    signal: c_int,
    mut chosen: impl FnMut(Entry) -> bool,
) -> usize {
    let mut sent = 0;
    // SAFETY: getpgrp cannot fail.
    let own_group = unsafe { libc::getpgrp() };
    each_process(|process| {
        if process.parent == parent && chosen(process) {
            if signal == libc::SIGKILL && process.group > 1 && process.group != own_group {
                send(-process.group, signal);
            }
            sent += usize::from(send(process.pid, signal));
        }
    });
    sent
}

/// Sends the signal to each process that descends from `ancestor` and that `chosen` accepts.
///
/// It may end, be collected by its parent, and its number be given to a stranger, at any time. So it is held by a descriptor from before
/// it is seen to descend from `ancestor` until it is signalled; kernels before Linux 5.3 have no such descriptors.
pub(super) fn signal_descendants(
    ancestor: pid_t,
    signal: c_int,
    mut chosen: impl FnMut(Entry) -> bool,
) {
    in_proc(|proc| {
        each_number(proc, |pid| {
            if !descends(proc, pid, ancestor) {
                return;
            }
            // SAFETY: plain numbers; the descriptor is closed here and used nowhere else.
            unsafe {
                let held = libc::syscall(libc::SYS_pidfd_open, pid, 0) as c_int;
                if descends(proc, pid, ancestor) && stat(proc, pid).is_some_and(&mut chosen) {
                    send_held(held, pid, signal);
                }
                if held >= 0 {
                    libc::close(held);
                }
            }
        });
    });
}

/// The same as `send`, through a descriptor if there is one.
fn send_held(held: c_int, pid: pid_t, signal: c_int) {
    let nothing = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: plain numbers.
    let sent = held >= 0
        && unsafe { libc::syscall(libc::SYS_pidfd_send_signal, held, signal, nothing, 0) } == 0;
    match sent {
        // SAFETY: as above.
        true if resumes(signal) => unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, held, libc::SIGCONT, nothing, 0);
        },
        true => {}
        false if held >= 0 && Errno::last() == Errno::ESRCH => {}
        false => drop(send(pid, signal)),
    }
}

/// Sends the signal to those of the processes with the numbers just after `number` that descend from `ancestor`.
///
/// Looking through all processes takes so long that one which forks at once and exits is gone before its turn comes. Its child has one
/// of the next numbers.
pub(super) fn signal_next(number: pid_t, ancestor: pid_t, signal: c_int) {
    in_proc(|proc| {
        for pid in number.saturating_add(1)..=number.saturating_add(NEXT) {
            if descends(proc, pid, ancestor) {
                send(pid, signal);
            }
        }
    });
}

/// How many numbers after the last one that was collected are looked at.
const NEXT: pid_t = 32;

/// How far up a process's parents are followed.
const GENERATIONS: usize = 64;

/// Returns whether the process is a child of `ancestor`, or a child's child and so on.
fn descends(proc: RawFd, pid: pid_t, ancestor: pid_t) -> bool {
    let mut next = stat(proc, pid);
    for _ in 0..GENERATIONS {
        match next {
            Some(process) if process.parent == ancestor => return true,
            Some(process) if process.parent > 1 => next = stat(proc, process.parent),
            _ => return false,
        }
    }
    false
}

/// Kills the children of this process that are not its own: descendants whose keeper was killed. Returns whether there were any that
/// could be killed.
pub(super) fn kill_orphans(own: &dyn Fn(u32) -> bool) -> bool {
    let me = std::process::id() as pid_t;
    signal_children(me, libc::SIGKILL, |process| !own(process.pid as u32)) > 0
}

/// Kills every process that was started with the variable `name` set to `value`.
///
/// It is the last resort for what outlived a supervisor that was killed; a process that clears its environment escapes it.
pub(crate) fn kill_marked(name: &str, value: &Path) {
    let mark = [name.as_bytes(), b"=", value.as_os_str().as_encoded_bytes()].concat();
    each_process(|process| {
        let environment = fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark)
        {
            // SAFETY: kill takes plain numbers.
            unsafe { libc::kill(process.pid, libc::SIGKILL) };
        }
    });
}

/// Whether a process that has been sent SIGSTOP can do anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Halt {
    /// All its threads are stopped, or it has ended.
    Stopped,
    /// The kernel holds a thread, which cannot leave it with a stop pending.
    Held,
    Runs,
}

/// Looks at all threads of a process, which take notice of a stop one by one.
pub(super) fn halt(process: Entry) -> Halt {
    let halt = of_state(process.state);
    if process.threads <= 1 || halt == Halt::Runs {
        return halt;
    }
    let path = path(b"/proc/", process.pid, b"/task\0").unwrap_or_default();
    let Ok(path) = CStr::from_bytes_until_nul(&path) else {
        return halt;
    };
    in_directory(path, |threads| {
        let mut worst = halt;
        each_number(threads, |thread| {
            let state = stat(threads, thread).map(|thread| thread.state);
            worst = worst.max(state.map_or(Halt::Stopped, of_state));
        });
        worst
    })
    .unwrap_or(halt)
}

fn of_state(state: u8) -> Halt {
    match state {
        b'T' | b't' | b'Z' | b'X' => Halt::Stopped,
        b'D' => Halt::Held,
        _ => Halt::Runs,
    }
}

/// The path of something about a process. It ends with a zero byte if `after` does.
fn path(before: &[u8], pid: pid_t, after: &[u8]) -> Option<[u8; 32]> {
    let mut digits = [0_u8; 12];
    let mut rest = pid;
    let mut count = 0;
    while rest > 0 {
        *digits.get_mut(count)? = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
    }
    let mut path = [0_u8; 32];
    let digits = digits.get(..count)?.iter().rev();
    let from = before.iter().chain(digits).chain(after);
    for (to, from) in path.iter_mut().zip(from) {
        *to = *from;
    }
    Some(path)
}

/// Reads the fields of `PID/stat` in this directory.
fn stat(directory: RawFd, pid: pid_t) -> Option<Entry> {
    let path = path(b"", pid, b"/stat\0")?;
    let mut text = [0_u8; 512];
    // SAFETY: `path` ends with a zero byte, and `text` outlives the read.
    let read = unsafe {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        let fd = libc::openat(directory, path.as_ptr().cast(), flags);
        if fd < 0 {
            return None;
        }
        let read = libc::read(fd, text.as_mut_ptr().cast(), text.len());
        libc::close(fd);
        usize::try_from(read).ok()?
    };
    let text = text.get(..read)?;
    let name_ends = text.iter().rposition(|byte| *byte == b')')?;
    let mut fields = text.get(name_ends + 2..)?.split(|byte| *byte == b' ');
    // After the name come the state, the parent and the process group, and later the number of threads.
    Some(Entry {
        pid,
        state: *fields.next()?.first()?,
        parent: number(fields.next()?)?,
        group: number(fields.next()?)?,
        threads: number(fields.nth(14)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_found_with_its_parent() {
        let me = std::process::id() as pid_t;
        let mut found = None;
        each_process(|process| {
            if process.pid == me {
                found = Some(process);
            }
        });
        assert_eq!(
            found.unwrap().parent,
            std::os::unix::process::parent_id() as pid_t
        );
    }

    #[test]
    fn descendants_are_those_of_descendants_too() {
        let me = std::process::id();
        let parent = std::os::unix::process::parent_id();
        assert!(descendants(parent).contains(&me));
        assert!(!descendants(me).contains(&me));
        assert!(all().contains(&me));
    }
}
