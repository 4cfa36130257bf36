//! The port at which the clients of a wire come.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::sys::socket::{Backlog, Shutdown, listen, shutdown};

use super::link::Link;
use crate::connect::Stream;
use crate::deadline::Deadline;
use crate::process::{Interest, is_limit, wait};

/// How long to accept nobody when there is no descriptor left.
const SHUT: Duration = Duration::from_millis(100);

/// How long the connection that fills the queue may take; on loopback it is there at once.
const PLUGGED: Duration = Duration::from_secs(1);

/// Where clients come, and where they want to go.
pub(super) struct Door {
    listener: TcpListener,
    towards: Vec<SocketAddr>,
    state: State,
    shut: Option<Deadline>,
}

enum State {
    Open,
    /// Those who come are told that nobody listens.
    Refusing,
    /// Those who come hear nothing. The queue, in which there is room for one, has this connection, so the system drops whatever else comes.
    Silent(Option<Stream>),
}

impl Door {
    pub(super) fn new(at: IpAddr, port: u16, towards: Vec<SocketAddr>) -> io::Result<Self> {
        let listener = TcpListener::bind((at, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            towards,
            state: State::Open,
            shut: None,
        })
    }

    /// The interest in new clients, and the deadline for waiting for anything else.
    pub(super) fn interest(&mut self) -> (Option<Interest<'_>>, Deadline) {
        if self.shut.is_some_and(Deadline::has_passed) {
            self.shut = None;
        }
        match (&self.state, self.shut) {
            (State::Open, None) => (
                Some(Interest::readable(self.listener.as_fd())),
                Deadline::NONE,
            ),
            (State::Open, Some(until)) => (None, until),
            (State::Refusing | State::Silent(_), _) => (None, Deadline::NONE),
        }
    }

    /// Lets all in who wait.
    pub(super) fn open(&mut self, links: &mut Vec<Link>) {
        while let Some(client) = self.accept() {
            // Without a descriptor for the way to the server, it fails when that is tried.
            links.extend(Link::new(client, &self.towards));
        }
    }

    /// Lets all in who wait, unless it is closed.
    pub(super) fn let_in(&mut self, links: &mut Vec<Link>) -> io::Result<()> {
        if let State::Open = self.state {
            self.open(links);
        }
        Ok(())
    }

    fn accept(&mut self) -> Option<TcpStream> {
        loop {
            match self.listener.accept() {
                Ok((client, _)) => return Some(client),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) if is_limit(&error) => {
                    self.shut = Some(Deadline::after(SHUT));
                    return None;
                }
                // That one has gone meanwhile.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => return None,
            }
        }
    }

    /// Answers nobody any more. Those who wait have come before, and are let in.
    pub(super) fn silence(&mut self, links: &mut Vec<Link>) -> io::Result<()> {
        match self.state {
            State::Open => self.open(links),
            State::Refusing => {}
            State::Silent(_) => return Ok(()),
        }
        // A queue of length 0 has room for one (listen(2) on Linux: the queue is full if it is longer than that).
        listen(&self.listener, Backlog::new(0)?)?;
        let plug = Stream::tcp(self.listener.local_addr()?)?;
        // If a client was faster, it has the room, and hears as little.
        let _ = wait(&[Interest::writable(plug.fd())], Deadline::after(PLUGGED));
        self.state = State::Silent(Some(plug));
        Ok(())
    }

    /// Refuses everybody. Linux keeps the port of a socket that no longer listens for whoever has bound it by its number.
    pub(super) fn refuse(&mut self, links: &mut Vec<Link>) -> io::Result<()> {
        if let State::Open = self.state {
            self.open(links);
            shutdown(self.listener.as_raw_fd(), Shutdown::Read)?;
            self.state = State::Refusing;
        }
        Ok(())
    }

    /// Lets everybody in again.
    pub(super) fn restore(&mut self, links: &mut Vec<Link>) -> io::Result<()> {
        let plug = match &mut self.state {
            State::Open => return Ok(()),
            State::Refusing => None,
            State::Silent(plug) => plug.take(),
        };
        listen(&self.listener, Backlog::MAXCONN)?;
        self.state = State::Open;
        let own = plug.as_ref().and_then(|plug| plug.own_address().ok()?);
        while let Some(client) = self.accept() {
            if own.is_none() || client.peer_addr().ok() != own {
                links.extend(Link::new(client, &self.towards));
            }
        }
        Ok(())
    }
}
