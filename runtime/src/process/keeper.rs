//! The keeper: a small process between the supervisor and one daemon.
//!
//! It is a subreaper, so all descendants of the daemon become its children when they are orphaned, however they detach, and the daemon is
//! gone when the keeper has no children left. Only the keeper reaps them, so a process ID that it signals cannot have been reused. It ends
//! everything when the supervisor disappears.
//!
//! It is forked from the supervisor, which has threads; so it takes no lock and allocates nothing.
#![expect(
    unsafe_code,
    reason = "a forked process may only make plain system calls"
)]

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::libc::{self, c_int, pid_t};

use super::close::close_all_but;
use super::order::{Order, Received};
use super::signal::Kill;
use super::signalled::Signalled;
use super::tree::{send, signal_children, signal_descendants, signal_next};

mod pausing;

/// What a keeper reports: first the number of the daemon's process, then how it ended, as `waitpid` encodes it.
pub(super) type Report = i32;

/// How long a process may take to end after `Kill::then` before SIGKILL follows.
pub(super) const LAST_GRACE: Duration = Duration::from_secs(1);

/// How often the keeper looks for the next child of a process that forks as it is killed, before it looks at all processes again.
const CHASE: usize = 20;

/// How long a daemon may take to end when its supervisor has disappeared.
const ORPHANED_GRACE: Duration = Duration::from_millis(500);

/// How long to wait before checking killed processes again, in milliseconds: at first, when descendants that are not the keeper's children
/// are killed too, and at last. Processes that may not be killed, or that hang in the kernel, can take forever.
const FIRST_REST: c_int = 1;
const DEEPER: c_int = 8;
const LAST_REST: c_int = 16_384;

/// How long to wait at least between two looks for new orphans, in nanoseconds. A look takes about a millisecond.
const BETWEEN_LOOKS: i128 = 10_000_000;

/// What the keeper is doing.
enum Phase {
    Serving,
    /// Everything is being stopped with SIGSTOP.
    Pausing {
        /// Where the supervisor waits for it; -1 if it does not.
        answer: RawFd,
        /// How often in a row nothing was found running.
        looks: u8,
        /// When those that the kernel holds are no longer waited for.
        held_until: i128,
        rest: c_int,
    },
    Paused,
    /// The daemon was asked to end, and has until the deadline (in nanoseconds).
    Signalled {
        signal: c_int,
        until: i128,
        then: c_int,
        /// When those are asked too that are not the keeper's own children.
        halfway: Option<i128>,
    },
    Killing {
        rest: c_int,
    },
}

struct Keeper {
    /// The descriptor for orders; -1 when the supervisor is gone.
    control: RawFd,
    pid: pid_t,
    daemon: pid_t,
    daemon_lives: bool,
    /// The last one that was collected.
    collected: pid_t,
    /// Whether any was since this was last set back.
    has_collected: bool,
    stop: Kill,
    phase: Phase,
    /// Processes that have been signalled individually.
    signalled: Signalled,
    /// When new orphans may be looked for again.
    next_look: i128,
}

/// The whole life of a keeper, in a process that was forked for it.
pub(super) unsafe fn keep(control: BorrowedFd<'_>, daemon: pid_t, stop: Kill) -> ! {
    // SAFETY: plain system calls; the descriptors that are closed belong to the supervisor's copy of this process.
    unsafe {
        let mut keeper = Keeper {
            control: control.as_raw_fd(),
            pid: libc::getpid(),
            daemon,
            daemon_lives: true,
            collected: daemon,
            has_collected: false,
            stop,
            phase: Phase::Serving,
            signalled: Signalled::default(),
            next_look: 0,
        };
        libc::prctl(libc::PR_SET_NAME, c"fixtured-keeper".as_ptr());
        libc::chdir(c"/".as_ptr());
        let null = libc::open(c"/dev/null".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC);
        for stream in 0..3 {
            libc::dup2(null, stream);
        }
        // No signal disturbs it but that of its children's ends, and that only while it waits.
        let mut all_but_children = std::mem::zeroed::<libc::sigset_t>();
        libc::sigfillset(&mut all_but_children);
        libc::sigprocmask(libc::SIG_SETMASK, &all_but_children, std::ptr::null_mut());
        libc::sigdelset(&mut all_but_children, libc::SIGCHLD);
        let mut wakes = std::mem::zeroed::<libc::sigaction>();
        wakes.sa_sigaction = wake as extern "C" fn(c_int) as libc::sighandler_t;
        libc::sigaction(libc::SIGCHLD, &wakes, std::ptr::null_mut());
        close_all_but(3, Some(control));
        keeper.report(daemon);
        loop {
            if !keeper.collect() {
                libc::_exit(0);
            }
            let rest = keeper.advance();
            keeper.wait(rest, &all_but_children);
        }
    }
}

/// What SIGCHLD does: it ends the wait.
extern "C" fn wake(_: c_int) {}

impl Keeper {
    /// Waits for an order, the end of a child, or this many milliseconds (-1: as long as it takes), and obeys the order.
    fn wait(&mut self, rest: c_int, mask: &libc::sigset_t) {
        let mut orders = libc::pollfd {
            // The system passes over one that is negative.
            fd: self.control,
            events: libc::POLLIN,
            revents: 0,
        };
        let timeout = libc::timespec {
            tv_sec: (rest / 1000).into(),
            tv_nsec: (rest % 1000 * 1_000_000).into(),
        };
        let timeout = match rest < 0 {
            true => std::ptr::null(),
            false => &raw const timeout,
        };
        // SAFETY: all that it is given outlives the call.
        let ready = unsafe { libc::ppoll(&mut orders, 1, timeout, mask) };
        if ready > 0 {
            self.obey();
        }
    }

    fn report(&self, report: Report) {
        let bytes = report.to_ne_bytes();
        // SAFETY: `bytes` outlives the call. Nobody may be there to read it, which does not matter.
        unsafe {
            libc::send(
                self.control,
                bytes.as_ptr().cast(),
                bytes.len(),
                libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT,
            )
        };
    }

    /// Collects the children that have ended. Returns whether there are any left.
    fn collect(&mut self) -> bool {
        loop {
            let mut status = 0;
            // SAFETY: `status` outlives the call.
            match unsafe { libc::waitpid(-1, &mut status, libc::WNOHANG) } {
                0 => return true,
                pid if pid < 0 => return false,
                pid => {
                    if pid == self.daemon {
                        self.daemon_lives = false;
                        self.report(status);
                    }
                    self.collected = pid;
                    self.has_collected = true;
                    self.signalled.forget(pid);
                }
            }
        }
    }

    /// Does what the phase calls for, and returns for how many milliseconds there is nothing else to do; -1 if nothing ever is.
    fn advance(&mut self) -> c_int {
        if let Phase::Signalled { until, then, .. } = self.phase
            && now() >= until
        {
            match then {
                libc::SIGKILL => self.phase = Phase::Killing { rest: FIRST_REST },
                then => self.ask(then, LAST_GRACE, libc::SIGKILL),
            }
        }
        match self.phase {
            // The end of one may have resumed its group: the kernel does that to groups that it leaves without a parent.
            Phase::Paused if self.has_collected => {
                self.pause(-1);
                self.pause_more()
            }
            Phase::Serving | Phase::Paused => -1,
            Phase::Pausing { .. } => self.pause_more(),
            Phase::Signalled {
                signal,
                until,
                then,
                halfway,
            } => {
                let mut next = until;
                if self.has_collected {
                    // The process that has died may have left orphans, which nothing else will signal.
                    match now() >= self.next_look {
                        true => self.ask_orphans(signal),
                        false => next = self.next_look,
                    }
                }
                let halfway = match halfway {
                    Some(halfway) if now() >= halfway => {
                        self.ask_detached(signal);
                        None
                    }
                    halfway => halfway,
                };
                self.phase = Phase::Signalled {
                    signal,
                    until,
                    then,
                    halfway,
                };
                milliseconds(next.min(halfway.unwrap_or(next)) - now())
            }
            Phase::Killing { rest } => self.kill(rest),
        }
    }

    /// Kills what is left, and returns how long to wait. The wait grows each time that there was no child to reap.
    fn kill(&mut self, rest: c_int) -> c_int {
        self.has_collected = false;
        self.signal_group(libc::SIGKILL);
        signal_children(self.pid, libc::SIGKILL, |_| true);
        for _ in 0..CHASE {
            if !self.collect() {
                return 0;
            }
            signal_next(self.collected, self.pid, libc::SIGKILL);
        }
        if rest >= DEEPER {
            // Below one that may not be killed there may be others that may.
            signal_descendants(self.pid, libc::SIGKILL, |_| true);
        }
        let rest = match self.has_collected {
            true => FIRST_REST,
            false => rest,
        };
        self.phase = Phase::Killing {
            rest: rest.saturating_mul(2).min(LAST_REST),
        };
        rest
    }

    /// Reads what the supervisor orders; that it is gone is an order too.
    fn obey(&mut self) {
        match Order::receive(self.control) {
            Received::Order(
                Order::End(Kill {
                    signal,
                    then,
                    grace,
                }),
                _,
            ) => {
                self.ask(signal, grace, then);
            }
            Received::Order(Order::Pause, answer) => self.pause(answer),
            Received::Order(Order::Resume, answer) => self.resume(answer),
            Received::Gone => {
                // SAFETY: the descriptor is ours; if it stayed open, the loop would spin.
                unsafe { libc::close(self.control) };
                self.control = -1;
                self.ask(
                    self.stop.signal,
                    self.stop.grace.min(ORPHANED_GRACE),
                    libc::SIGKILL,
                );
            }
            Received::Nothing => {}
        }
    }

    /// Sends the signal to the daemon's process group, and to descendants that have left the group and lost their parent.
    ///
    /// Descendants that have left the group but still have a parent are left to it for half of the grace period. The parent may be a server that
    /// stops its workers in its own order, as PostgreSQL does, whose processes have separate sessions; a signal from elsewhere could do harm.
    /// What is left in the second half gets the signal too.
    fn ask(&mut self, signal: c_int, grace: Duration, then: c_int) {
        if matches!(self.phase, Phase::Killing { .. }) {
            return;
        }
        let was_paused = self.end_pause();
        if signal == libc::SIGKILL {
            self.phase = Phase::Killing { rest: FIRST_REST };
            return;
        }
        self.signal_group(signal);
        self.signalled = Signalled::default();
        self.ask_orphans(signal);
        if was_paused {
            // Those that are not asked themselves have to end too.
            self.continue_all();
        }
        let (now, grace) = (now(), grace.as_nanos() as i128);
        self.phase = Phase::Signalled {
            signal,
            until: now + grace,
            then,
            halfway: Some(now + grace / 2),
        };
    }

    /// Asks the children that are not of the daemon's group: their parent has died.
    fn ask_orphans(&mut self, signal: c_int) {
        let (daemon, signalled) = (self.daemon, &mut self.signalled);
        signal_children(self.pid, signal, |process| {
            process.pid != daemon && process.group != daemon && signalled.add(process.pid)
        });
        self.has_collected = false;
        self.next_look = now() + BETWEEN_LOOKS;
    }

    /// Asks all descendants that are not of the daemon's group.
    fn ask_detached(&mut self, signal: c_int) {
        let (daemon, signalled) = (self.daemon, &mut self.signalled);
        signal_descendants(self.pid, signal, |process| {
            process.pid != daemon && process.group != daemon && signalled.add(process.pid)
        });
    }

    /// Signals the daemon's process group. When the daemon is gone, its number may be given away once the group is empty too; so
    /// then only a group that still has one of our children in it is signalled.
    fn signal_group(&self, signal: c_int) {
        let daemon = self.daemon;
        if self.daemon_lives {
            // It may have been asked before it had its own group.
            if !send(-daemon, signal) {
                send(daemon, signal);
            }
        } else if signal_children(self.pid, 0, |process| process.group == daemon) > 0 {
            send(-daemon, signal);
        }
    }
}

/// As many whole milliseconds as it takes for these nanoseconds to pass.
fn milliseconds(nanoseconds: i128) -> c_int {
    c_int::try_from(nanoseconds.max(0) / 1_000_000 + 1).unwrap_or(c_int::MAX)
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
