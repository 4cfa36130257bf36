//! A daemon's process, as the supervisor sees it.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};

use super::identity::Identity;
use super::keeper::{self, Order, Report};
use super::listener::{Holder, stranger};
use super::poll::{Interest, wait};
use super::signal::Kill;
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
    pub(crate) stdin: Stdio,
    pub(crate) stdout: File,
    pub(crate) stderr: File,
    pub(crate) user: Option<User>,
    /// How many descriptors it may have, if fewer than the test.
    pub(crate) descriptors: Option<u64>,
    /// How it is ended if the supervisor disappears.
    pub(crate) stop: Kill,
}

/// How long a keeper may take to report an end.
const REPORT: Duration = Duration::from_secs(1);

/// A started process with its keeper. Dropping it ends everything that descends from it, by its own signal and then by SIGKILL,
/// without waiting.
#[derive(Debug)]
pub(crate) struct Child {
    pid: u32,
    keeper: u32,
    control: OwnedFd,
}

impl Child {
    /// Starts a process. Only the spawning thread may do this: the death of the thread that spawned is the death of the child.
    pub(super) fn spawn(plan: Plan) -> io::Result<Self> {
        let (control, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let mut command = std::process::Command::new(&plan.program);
        command
            .args(&plan.args)
            .env_clear()
            .envs(plan.env)
            .current_dir(&plan.cwd);
        command
            .stdin(plan.stdin)
            .stdout(plan.stdout)
            .stderr(plan.stderr);
        keeper::keep_command(&mut command, theirs, plan.user, plan.descriptors, plan.stop);
        let keeper = command.spawn()?.id();
        // With the command goes our copy of the keeper's end, so that a keeper that dies is noticed.
        drop(command);
        let mut report = Report::default().to_ne_bytes();
        recv(control.as_raw_fd(), &mut report, MsgFlags::empty())?;
        let pid = Report::from_ne_bytes(report).unsigned_abs();
        Ok(Self {
            pid,
            keeper,
            control,
        })
    }

    /// The number of its keeper.
    pub(crate) fn keeper(&self) -> u32 {
        self.keeper
    }

    /// The stranger who listens on one of the addresses of a name where this process or its descendants should.
    pub(crate) fn stranger_at(&self, addresses: &[SocketAddr]) -> Option<Holder> {
        stranger(addresses, self.pid, self.keeper)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How the process ended, if it has. Its descendants may still run.
    pub(crate) fn ended(&self) -> Option<End> {
        let mut report = Report::default().to_ne_bytes();
        // The report stays where it is, so that everybody who asks or waits finds it.
        let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
        match recv(self.control.as_raw_fd(), &mut report, flags) {
            Err(Errno::EAGAIN) => None,
            Ok(4) => Some(decode(Report::from_ne_bytes(report))),
            Ok(_) | Err(_) => Some(End::Unseen),
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
        // A keeper that is gone has nothing left to end.
        let _ = send(self.control.as_raw_fd(), &bytes, MsgFlags::MSG_NOSIGNAL);
    }

    /// Waits until the process and all its descendants are gone. Says whether they are.
    pub(crate) fn gone(&self, until: Deadline) -> bool {
        self.gone_before(None, until)
    }

    /// The same, but no longer than until the other end of `client` is closed.
    pub(crate) fn gone_before(&self, client: Option<BorrowedFd<'_>>, until: Deadline) -> bool {
        let keeper = Interest::closed(self.control.as_fd());
        let interests: Vec<_> = [keeper]
            .into_iter()
            .chain(client.map(Interest::closed))
            .collect();
        wait(&interests, until).is_ok_and(|happened| happened.first() == Some(&true))
    }
}

fn decode(status: Report) -> End {
    if nix::libc::WIFEXITED(status) {
        End::Code(nix::libc::WEXITSTATUS(status))
    } else {
        End::Signal(nix::libc::WTERMSIG(status))
    }
}
