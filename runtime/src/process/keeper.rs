//! The keeper: a small process between the supervisor and one daemon.
//!
//! It is a subreaper of its own. So whatever descends from the daemon comes back to its keeper, however it detaches itself, and
//! the daemon is gone when the keeper has no children left. It is the only one to collect them, so no number that it signals
//! can have been given to another process. It ends everything when the supervisor disappears.
//!
//! It is forked from the supervisor, which has threads; so it takes no lock and allocates nothing.
#![expect(
    unsafe_code,
    reason = "a forked process may only make plain system calls"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::libc::{self, c_int, pid_t};

use super::os;
use super::signal::Kill;
use super::tree::{kill_next, signal_children};
use super::user::User;

/// What the supervisor asks of a keeper: end the daemon in this way.
pub(super) type Order = [i32; 3];

/// What a keeper reports: first the number of the daemon's process, then how it ended, as `waitpid` encodes it.
pub(super) type Report = i32;

/// How long a process may take to end after `Kill::then` before SIGKILL follows.
const LAST_GRACE: Duration = Duration::from_secs(1);

/// How often the keeper looks for the next child of a process that forks as it is killed, before it looks at all processes again.
const CHASE: usize = 20;

/// How long a daemon may take to end when its supervisor has disappeared.
const ORPHANED_GRACE: Duration = Duration::from_millis(500);

/// Called in a new child of the supervisor: forks, and returns in the grandchild, which goes on to run the daemon. The child
/// itself never returns, but becomes the keeper.
pub(super) fn split(
    control: RawFd,
    user: Option<&User>,
    descriptors: Option<u64>,
    stop: Kill,
) -> io::Result<()> {
    // SAFETY: only system calls on plain numbers. After the fork, both sides keep to what a forked process may do.
    unsafe {
        libc::setsid();
        os::stay_subreaper()?;
        let keeper = libc::getpid();
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => become_daemon(keeper, user, descriptors),
            daemon => keep(control, daemon, stop),
        }
    }
}

/// Takes on the group, user and parent-death signal of a daemon.
unsafe fn become_daemon(
    keeper: pid_t,
    user: Option<&User>,
    descriptors: Option<u64>,
) -> io::Result<()> {
    let check = |result: c_int| {
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    };
    // SAFETY: system calls on plain numbers and one array that outlives its call.
    unsafe {
        check(libc::setpgid(0, 0))?;
        // The supervisor blocks signals, which a child inherits.
        let mut none = std::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&mut none);
        check(libc::sigprocmask(
            libc::SIG_SETMASK,
            &none,
            std::ptr::null_mut(),
        ))?;
        os::restore_descriptor_limit(descriptors);
        if let Some(User { uid, gid, groups }) = user {
            check(libc::setgroups(groups.len(), groups.as_ptr()))?;
            check(libc::setgid(*gid))?;
            check(libc::setuid(*uid))?;
        }
        // Changing the user clears this signal, so it comes last.
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
        if libc::getppid() != keeper {
            // The keeper died before the signal was set, so it will never come.
            libc::_exit(1);
        }
    }
    Ok(())
}

/// What the keeper is doing.
enum Phase {
    Serving,
    /// The daemon was asked to end, and has until the deadline (in nanoseconds).
    Asked {
        until: i128,
        then: c_int,
    },
    Killing,
}

struct Keeper {
    control: RawFd,
    daemon: pid_t,
    daemon_lives: bool,
    /// The last one that was collected.
    collected: pid_t,
    stop: Kill,
    phase: Phase,
}

/// The whole life of a keeper.
unsafe fn keep(control: RawFd, daemon: pid_t, stop: Kill) -> ! {
    let mut keeper = Keeper {
        control,
        daemon,
        daemon_lives: true,
        collected: daemon,
        stop,
        phase: Phase::Serving,
    };
    // SAFETY: see `split`; the descriptors that are closed belong to the supervisor's copy of this process.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, c"fixtured-keeper".as_ptr());
        libc::dup2(0, 1);
        libc::dup2(0, 2);
        libc::chdir(c"/".as_ptr());
        os::close_all_but(3, Some(BorrowedFd::borrow_raw(control)));
        keeper.report(daemon);

        let mut mask = std::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&mut mask);
        libc::sigaddset(&mut mask, libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_BLOCK, &mask, std::ptr::null_mut());
        let children = libc::signalfd(-1, &mask, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
        loop {
            if !keeper.collect() {
                libc::_exit(0);
            }
            let wait = keeper.advance();
            let mut fds = [
                libc::pollfd {
                    fd: control,
                    events: libc::POLLIN,
                    revents: 0,
                },
                libc::pollfd {
                    fd: children,
                    events: libc::POLLIN,
                    revents: 0,
                },
            ];
            libc::poll(fds.as_mut_ptr(), 2, wait);
            let mut ignored = [0_u8; 128];
            libc::read(children, ignored.as_mut_ptr().cast(), ignored.len());
            if fds[0].revents != 0 {
                keeper.obey();
            }
        }
    }
}

impl Keeper {
    fn report(&self, report: Report) {
        let bytes = report.to_ne_bytes();
        // SAFETY: `bytes` outlives the call. Nobody may be there to read it, which does not matter.
        unsafe {
            libc::send(
                self.control,
                bytes.as_ptr().cast(),
                bytes.len(),
                libc::MSG_NOSIGNAL,
            )
        };
    }

    /// Collects the children that have ended. Says whether there are any left.
    fn collect(&mut self) -> bool {
        loop {
            let mut status = 0;
            // SAFETY: `status` outlives the call.
            match unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) } {
                0 => return true,
                pid if pid == self.daemon => {
                    self.daemon_lives = false;
                    self.report(status);
                }
                pid if pid < 0 => return false,
                pid => self.collected = pid,
            }
        }
    }

    /// Does what the phase calls for, and returns for how many milliseconds there is nothing else to do.
    fn advance(&mut self) -> c_int {
        if let Phase::Asked { until, then } = self.phase {
            let left = until - now();
            if left > 0 {
                return c_int::try_from(left / 1_000_000 + 1).unwrap_or(c_int::MAX);
            }
            if then == libc::SIGKILL {
                self.phase = Phase::Killing;
            } else {
                self.ask(then, LAST_GRACE, libc::SIGKILL);
                return 1;
            }
        }
        match self.phase {
            Phase::Killing => {
                self.signal_group(libc::SIGKILL);
                // SAFETY: getpid cannot fail.
                let me = unsafe { libc::getpid() };
                signal_children(me, libc::SIGKILL, |_| true);
                for _ in 0..CHASE {
                    if !self.collect() {
                        return 0;
                    }
                    kill_next(self.collected, me);
                }
                1
            }
            _ => -1,
        }
    }

    /// Reads what the supervisor orders; that it is gone is an order too.
    fn obey(&mut self) {
        let mut order: Order = [0; 3];
        let size = size_of_val(&order);
        // SAFETY: `order` outlives the call, and any bytes are valid integers.
        let read = unsafe {
            libc::recv(
                self.control,
                order.as_mut_ptr().cast(),
                size,
                libc::MSG_DONTWAIT,
            )
        };
        if read == size as isize {
            let [signal, then, grace] = order;
            self.ask(
                signal,
                Duration::from_millis(grace.unsigned_abs().into()),
                then,
            );
        } else if read == 0 {
            // SAFETY: closing a descriptor of our own; without it, the loop would never rest.
            unsafe { libc::close(self.control) };
            self.control = -1;
            self.ask(
                self.stop.signal,
                self.stop.grace.min(ORPHANED_GRACE),
                libc::SIGKILL,
            );
        }
    }

    /// Sends the signal to the daemon's process group, and to descendants that have left the group and lost their parent.
    fn ask(&mut self, signal: c_int, grace: Duration, then: c_int) {
        if signal == libc::SIGKILL {
            self.phase = Phase::Killing;
            return;
        }
        self.signal_group(signal);
        let daemon = self.daemon;
        // SAFETY: getpid cannot fail.
        let me = unsafe { libc::getpid() };
        signal_children(me, signal, |process| {
            process.pid != daemon && process.group != daemon
        });
        self.phase = Phase::Asked {
            until: now() + grace.as_nanos() as i128,
            then,
        };
    }

    /// Signals the daemon's process group. When the daemon is gone, its number may be given away once the group is empty too; so
    /// then only a group that still has one of our children in it is signalled.
    fn signal_group(&self, signal: c_int) {
        // SAFETY: plain numbers.
        unsafe {
            if self.daemon_lives {
                // It may have been asked before it had its own group.
                if libc::kill(-self.daemon, signal) < 0 {
                    libc::kill(self.daemon, signal);
                }
            } else {
                let daemon = self.daemon;
                let me = libc::getpid();
                if signal_children(me, 0, |process| process.group == daemon) > 0 {
                    libc::kill(-daemon, signal);
                }
            }
        }
    }
}

/// The monotonic time in nanoseconds.
fn now() -> i128 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

/// Wraps the command so that it runs under a keeper that is reached through `control`.
pub(super) fn keep_command(
    command: &mut std::process::Command,
    control: impl AsRawFd + Send + Sync + 'static,
    user: Option<User>,
    descriptors: Option<u64>,
    stop: Kill,
) {
    use std::os::unix::process::CommandExt;
    // SAFETY: `split` keeps to what a forked process may do.
    unsafe {
        command.pre_exec(move || split(control.as_raw_fd(), user.as_ref(), descriptors, stop))
    };
}
