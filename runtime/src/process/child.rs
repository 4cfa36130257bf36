//! A daemon's process, as the supervisor sees it.

use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socketpair};
use nix::unistd::geteuid;

use super::double_fork::DoubleFork;
use super::exec::Exec;
use super::identity::Identity;
use super::keeper::Report;
use super::keepers::Keepers;
use super::limit::with_limit;
use super::listener::{Holder, stranger};
use super::other_address::elsewhere;
use super::plan::Plan;
use super::poll::{Interest, wait};
use super::shared_memory::Maker;
use super::spawn_error::explain;
use super::step::{Failed, Message};
use crate::deadline::Deadline;
use crate::error::End;

/// How long it may take until a program runs, from the fork on. It takes milliseconds, unless a signal has stopped the keeper or the
/// program's file is on a disk that does not answer.
const BIRTH: Duration = Duration::from_secs(10);

/// How long a keeper may take to report an end.
const REPORT: Duration = Duration::from_secs(1);

/// A started process with its keeper. Dropping it ends everything that descends from it, by its own signal and then by SIGKILL,
/// without waiting.
#[derive(Debug)]
pub(crate) struct Child {
    pid: u32,
    maker: Option<Maker>,
    pub(super) keeper: u32,
    pub(super) control: OwnedFd,
    pub(super) keepers: Arc<Keepers>,
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
        let fork = DoubleFork {
            exec: Exec::new(&plan.program, plan.args, plan.env, &plan.cwd, streams)?,
            user: plan.user,
            descriptors: plan.descriptors,
            stop: plan.stop,
            control: theirs,
            failing,
        };
        let keeper = fork.fork()?;
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
            "it did not execute its program within {} s",
            BIRTH.as_secs()
        );
        io::Error::new(io::ErrorKind::TimedOut, problem)
    }

    /// The number of its keeper.
    pub(crate) fn keeper(&self) -> u32 {
        self.keeper
    }

    /// The other process that listens on one of the addresses of a name where this process or its descendants should.
    pub(crate) fn stranger_at(&self, addresses: &[SocketAddr]) -> Option<Holder> {
        stranger(addresses, self.pid, self.keeper)
    }

    /// The process as the maker of shared memory, unless it has ended at once.
    pub(crate) fn maker(&self) -> Option<&Maker> {
        self.maker.as_ref()
    }

    /// Where this process or a descendant listens on the port of one of these addresses, if there is no listener on the addresses themselves.
    pub(crate) fn listens_elsewhere(&self, addresses: &[SocketAddr]) -> Option<SocketAddr> {
        elsewhere(addresses, self.keeper)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How the process ended, if it has. Its descendants may still run.
    pub(crate) fn ended(&self) -> Option<End> {
        // The report stays in place, so that every caller and waiter finds it.
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

    /// Waits until the process and all its descendants are gone. Returns whether they are.
    pub(crate) fn gone(&self, until: Deadline) -> bool {
        self.gone_before(None, until)
    }

    /// The same, but no longer than until the other end of `client` is closed.
    pub(super) fn gone_before(&self, client: Option<BorrowedFd<'_>>, until: Deadline) -> bool {
        let keeper = Interest::closed(self.control.as_fd());
        let interests: Vec<_> = [keeper]
            .into_iter()
            .chain(client.map(Interest::closed))
            .collect();
        wait(&interests, until).is_ok_and(|happened| happened.first() == Some(&true))
    }
}

/// Waits until there is something to read, or the other end is closed. Returns whether this has happened.
fn happens(fd: BorrowedFd<'_>, until: Deadline) -> bool {
    wait(&[Interest::readable(fd)], until).is_ok_and(|happened| happened == [true])
}

fn decode(status: Report) -> End {
    if nix::libc::WIFEXITED(status) {
        End::Code(nix::libc::WEXITSTATUS(status))
    } else {
        End::Signal(nix::libc::WTERMSIG(status))
    }
}
