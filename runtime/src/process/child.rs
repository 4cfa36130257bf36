//! A daemon's process, as the supervisor sees it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use nix::unistd::{Pid, geteuid};

use super::birth::Birth;
use super::elsewhere::elsewhere;
use super::exec::Exec;
use super::identity::{Identity, is_stopped};
use super::keeper::{LAST_GRACE, Order, Report};
use super::keepers::Keepers;
use super::limit::with_limit;
use super::listener::{Holder, stranger};
use super::poll::{Interest, pause, wait};
use super::refusal::explain;
use super::shared_memory::Maker;
use super::signal::Kill;
use super::step::{Failed, Message};
use super::tree::descendants;
use super::user::User;
use crate::deadline::Deadline;
use crate::error::End;

/// A process to be started: everything is decided.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) cwd: PathBuf,
    /// Nothing to read if there is none.
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) user: Option<User>,
    /// How many descriptors it may have, if fewer than the test.
    pub(crate) descriptors: Option<u64>,
    /// How it is ended if the supervisor disappears.
    pub(crate) stop: Kill,
}

/// How long it may take until a program runs, from the fork on. It takes milliseconds, unless somebody has stopped the keeper or the
/// program's file is on a disk that does not answer.
const BIRTH: Duration = Duration::from_secs(10);

/// How long a keeper may take to report an end.
const REPORT: Duration = Duration::from_secs(1);

/// How long what was killed may take to be gone: most of it, and what the kernel holds up.
const SOON: Duration = Duration::from_secs(1);
const AT_LAST: Duration = Duration::from_secs(5);

/// How often those are looked at that are still there after that.
const LOOK: Duration = Duration::from_millis(50);

/// A started process with its keeper. Dropping it ends everything that descends from it, by its own signal and then by SIGKILL,
/// without waiting.
#[derive(Debug)]
pub(crate) struct Child {
    pid: u32,
    maker: Option<Maker>,
    keeper: u32,
    control: OwnedFd,
    keepers: Arc<Keepers>,
}

impl Child {
    /// Starts a process. Only the spawning thread may do this: the death of the thread that spawned is the death of the child.
    pub(super) fn spawn(plan: Plan, keepers: &Arc<Keepers>) -> io::Result<Self> {
        let user = plan.user.clone();
        let uid = user.as_ref().map_or(geteuid().as_raw(), |user| user.uid);
        let (program, cwd) = (plan.program.clone(), plan.cwd.clone());
        let (child, mut failures) = Self::fork(plan, keepers).map_err(with_limit)?;
        let until = Deadline::after(BIRTH);
        if !happens(failures.as_fd(), until) {
            return Err(child.without_an_answer());
        }
        let mut message = [0; size_of::<Message>()];
        if failures.read_exact(&mut message).is_ok() {
            let failed = Failed::from_bytes(message);
            return Err(explain(failed, &program, &cwd, user.as_ref()));
        }
        // The program runs. Its number follows, unless its keeper was killed.
        if !happens(child.end(), until) {
            return Err(child.without_an_answer());
        }
        match child.read(MsgFlags::MSG_DONTWAIT) {
            Ok(Some(pid)) => Ok(Self {
                pid: pid.unsigned_abs(),
                maker: Maker::of(pid.unsigned_abs(), uid),
                ..child
            }),
            _ => Err(io::Error::other("its keeper was killed as it started")),
        }
    }

    /// Forks a keeper, whose child will run the program. Comes with what can be read when that has failed, and ends when it has not.
    fn fork(plan: Plan, keepers: &Arc<Keepers>) -> io::Result<(Self, io::PipeReader)> {
        let (control, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let (failures, failing) = io::pipe()?;
        let stdin = match plan.stdin {
            Some(stdin) => stdin,
            None => File::open("/dev/null")?.into(),
        };
        let streams = [stdin, plan.stdout.into(), plan.stderr.into()];
        let birth = Birth {
            exec: Exec::new(&plan.program, plan.args, plan.env, &plan.cwd, streams)?,
            user: plan.user,
            descriptors: plan.descriptors,
            stop: plan.stop,
            control: theirs,
            failing,
        };
        let keeper = birth.fork()?;
        keepers.add(keeper);
        let child = Self {
            maker: None,
            pid: 0,
            keeper,
            control,
            keepers: Arc::clone(keepers),
        };
        // With the birth goes our copy of the keeper's end, so that a keeper that dies is noticed.
        Ok((child, failures))
    }

    /// Gives up a keeper that does not answer. What it has forked dies with it.
    fn without_an_answer(&self) -> io::Error {
        self.keepers.signal(self.keeper, Signal::SIGKILL);
        let problem = format!(
            "it did not come to run its program within {} s",
            BIRTH.as_secs()
        );
        io::Error::new(io::ErrorKind::TimedOut, problem)
    }

    /// The number of its keeper.
    pub(crate) fn keeper(&self) -> u32 {
        self.keeper
    }

    /// The stranger who listens on one of the addresses of a name where this process or its descendants should.
    pub(crate) fn stranger_at(&self, addresses: &[SocketAddr]) -> Option<Holder> {
        stranger(addresses, self.pid, self.keeper)
    }

    /// The process as the maker of shared memory, unless it has ended at once.
    pub(crate) fn maker(&self) -> Option<&Maker> {
        self.maker.as_ref()
    }

    /// Where this process or a descendant listens on the port of one of these addresses, if nobody listens on the addresses themselves.
    pub(crate) fn listens_elsewhere(&self, addresses: &[SocketAddr]) -> Option<SocketAddr> {
        elsewhere(addresses, self.keeper)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How the process ended, if it has. Its descendants may still run.
    pub(crate) fn ended(&self) -> Option<End> {
        // The report stays where it is, so that everybody who asks or waits finds it.
        match self.read(MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN) => None,
            Ok(Some(status)) => Some(decode(status)),
            Ok(None) | Err(_) => Some(End::Unseen),
        }
    }

    /// Reads what the keeper reports; `None` when it is gone and has reported no more.
    fn read(&self, flags: MsgFlags) -> Result<Option<Report>, Errno> {
        let mut report = Report::default().to_ne_bytes();
        loop {
            match recv(self.control.as_raw_fd(), &mut report, flags) {
                // It is gone and has left an order unread, which is told once, before what it has reported.
                Err(Errno::ECONNRESET | Errno::EINTR) => {}
                read => {
                    return read.map(|read| {
                        (read == report.len()).then_some(Report::from_ne_bytes(report))
                    });
                }
            }
        }
    }

    /// The same, also right after the end, when the keeper has not reported it yet.
    pub(crate) fn ended_by_now(&self) -> Option<End> {
        if self.ended().is_none() && Identity::of(self.pid).is_none() {
            let reported = Interest::readable(self.end());
            let _ = wait(&[reported], Deadline::after(REPORT));
        }
        self.ended()
    }

    /// What becomes readable when the process ends, and stays so.
    pub(crate) fn end(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }

    /// Has everything that descends from the process ended in this way, and returns at once.
    pub(crate) fn kill(&self, kill: Kill) {
        let grace = i32::try_from(kill.grace.as_millis()).unwrap_or(i32::MAX);
        let order: Order = [kill.signal, kill.then, grace];
        let bytes: Vec<u8> = order
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        // Somebody may have stopped it.
        self.keepers.signal(self.keeper, Signal::SIGCONT);
        // A keeper that is gone has nothing left to end, and one that reads nothing any more is not waited for here.
        let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
        let _ = send(self.control.as_raw_fd(), &bytes, flags);
    }

    /// Ends the process and all its descendants in this way, or `abandoned` once the other end of `client` is closed, and waits until they
    /// are gone. Returns the numbers of those that may still run: they may not be killed, or the kernel holds them up.
    pub(crate) fn finish(
        &self,
        how: Kill,
        abandoned: Kill,
        client: Option<BorrowedFd<'_>>,
    ) -> Vec<u32> {
        self.kill(how);
        let until = Deadline::after(longest(how));
        if self.gone_before(client, until) {
            return Vec::new();
        }
        if !until.has_passed() {
            self.kill(abandoned);
            if self.gone(Deadline::after(longest(abandoned))) {
                return Vec::new();
            }
        }
        self.give_up()
    }

    /// Waits for those that have been killed and are not gone, as long as this may help. Returns those that it does not help with.
    fn give_up(&self) -> Vec<u32> {
        let until = Deadline::after(AT_LAST);
        loop {
            let left = self.left();
            if !left.is_empty() && left.iter().all(|pid| may_not_be_killed(*pid)) {
                return left;
            }
            if is_stopped(self.keeper) {
                // It was let go on and does not: somebody traces it. Without it the supervisor is the parent of all, and kills them.
                self.keepers.signal(self.keeper, Signal::SIGKILL);
                return still_running(left, AT_LAST);
            }
            if self.gone(until.within(LOOK)) {
                return Vec::new();
            }
            if until.has_passed() {
                return left;
            }
        }
    }

    /// The descendants that still run.
    fn left(&self) -> Vec<u32> {
        let mut left = descendants(self.keeper);
        left.retain(|pid| Identity::of(*pid).is_some());
        left
    }

    /// Waits until the process and all its descendants are gone. Says whether they are.
    pub(crate) fn gone(&self, until: Deadline) -> bool {
        self.gone_before(None, until)
    }

    /// The same, but no longer than until the other end of `client` is closed.
    fn gone_before(&self, client: Option<BorrowedFd<'_>>, until: Deadline) -> bool {
        let keeper = Interest::closed(self.control.as_fd());
        let interests: Vec<_> = [keeper]
            .into_iter()
            .chain(client.map(Interest::closed))
            .collect();
        wait(&interests, until).is_ok_and(|happened| happened.first() == Some(&true))
    }
}

/// How long an end may take.
fn longest(kill: Kill) -> Duration {
    let last = match kill.then == Signal::SIGKILL as i32 {
        true => Duration::ZERO,
        false => LAST_GRACE,
    };
    kill.grace.saturating_add(last).saturating_add(SOON)
}

/// Waits until there is something to read, or the other end is closed. Says whether this has happened.
fn happens(fd: BorrowedFd<'_>, until: Deadline) -> bool {
    wait(&[Interest::readable(fd)], until).is_ok_and(|happened| happened == [true])
}

fn may_not_be_killed(pid: u32) -> bool {
    kill(Pid::from_raw(pid as i32), None) == Err(Errno::EPERM)
}

/// Those of the processes that still run after this time at most.
fn still_running(pids: Vec<u32>, time: Duration) -> Vec<u32> {
    let (began, until) = (Instant::now(), Deadline::after(time));
    let mut left: Vec<_> = pids.into_iter().filter_map(Identity::of).collect();
    loop {
        left.retain(|process| process.runs());
        if left.is_empty() || until.has_passed() {
            return left.into_iter().map(|process| process.pid).collect();
        }
        let _ = wait(&[], until.within(pause(began.elapsed())));
    }
}

fn decode(status: Report) -> End {
    if nix::libc::WIFEXITED(status) {
        End::Code(nix::libc::WEXITSTATUS(status))
    } else {
        End::Signal(nix::libc::WTERMSIG(status))
    }
}
