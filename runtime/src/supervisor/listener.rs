//! The socket on which the supervisor accepts clients.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use super::deadline_stream::DeadlineStream;
use super::protocol::{Reply, send};
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::process::{Interest, is_limit, with_limit};

/// How long to accept no connection when there is not even a descriptor for a refusal.
const SHUT: Duration = Duration::from_millis(100);

/// The socket on which a supervisor listens. If there is no descriptor left for a client, the client gets an error.
pub(super) struct Listener {
    listener: UnixListener,
    /// A descriptor that is kept for refusals: a connection must be accepted before it can be refused.
    spare: Option<File>,
    shut: Option<Deadline>,
}

impl Listener {
    pub(super) fn new(listener: UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            spare: Some(spare()?),
            shut: None,
        })
    }

    /// The interest in new connections, and the deadline for waiting for anything else. There is no interest while it is shut.
    pub(super) fn interest(&mut self) -> (Option<Interest<'_>>, Deadline) {
        if self.shut.is_some_and(Deadline::has_passed) {
            self.shut = None;
        }
        match self.shut {
            Some(until) => (None, until),
            None => (
                Some(Interest::readable(self.listener.as_fd())),
                Deadline::NONE,
            ),
        }
    }

    /// Lets one in.
    pub(super) fn open(&mut self) -> Option<UnixStream> {
        match self.listener.accept() {
            Ok((stream, _)) => Some(stream),
            Err(error) if is_limit(&error) => {
                self.refuse_one(error);
                None
            }
            // It has gone meanwhile.
            Err(_) => None,
        }
    }

    fn refuse_one(&mut self, error: io::Error) {
        drop(self.spare.take());
        match self.listener.accept() {
            Ok((stream, _)) => refuse(&stream, error),
            Err(error) if is_limit(&error) => self.shut = Some(Deadline::after(SHUT)),
            Err(_) => {}
        }
        self.spare = spare().ok();
    }
}

/// Tells a client that it cannot be served.
pub(super) fn refuse(stream: &UnixStream, error: io::Error) {
    let cause = Cause::io("serve one more client of this test run", with_limit(error));
    // Whoever does not hear it sees the end of the connection.
    let _ = send(
        DeadlineStream::new(stream, Deadline::now()),
        &Reply::Failed(cause),
    );
}

fn spare() -> io::Result<File> {
    File::open("/dev/null")
}
