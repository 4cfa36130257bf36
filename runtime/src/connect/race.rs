//! Connecting to whichever of several addresses accepts first.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::stream::Stream;
use crate::deadline::Deadline;
use crate::process::{self, Interest};

/// How long one address is waited for alone before the next one is tried too (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// Connections that are being made. The first one that is there wins.
pub(crate) struct Race {
    /// The next one comes last.
    untried: Vec<SocketAddr>,
    /// Each with the time at which it is given up.
    pending: Vec<(Stream, Deadline)>,
    /// When the next address is tried, whatever becomes of those before.
    next: Deadline,
    /// How long an address may take.
    allowed: Option<Duration>,
    /// The last of those that failed; one to which there was no way only if there was none to any.
    failed: Option<Failed>,
}

/// How far it has come.
pub(crate) enum Progress {
    Connected(Stream),
    /// Nothing yet.
    Waits,
    /// None of the addresses accepts.
    Failed(Failed),
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) struct Failed {
    /// To which address; none if there was none to try.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) error: io::Error,
}

impl Race {
    /// Between these addresses. One that says nothing is given up after the time allowed, or never if there is none.
    pub(crate) fn new(addresses: &[SocketAddr], allowed: Option<Duration>) -> Self {
        Self {
            untried: addresses.iter().rev().copied().collect(),
            pending: Vec::new(),
            next: Deadline::now(),
            allowed,
            failed: None,
        }
    }

    /// Goes as far as it can without waiting.
    pub(crate) fn look(&mut self) -> Progress {
        loop {
            if let Some(stream) = self.winner() {
                return Progress::Connected(stream);
            }
            if !self.pending.is_empty() && !self.next.has_passed() {
                return Progress::Waits;
            }
            match self.untried.pop() {
                Some(address) => self.start(address),
                None if self.pending.is_empty() => return Progress::Failed(self.failure()),
                None => return Progress::Waits,
            }
        }
    }

    /// What moves when it is worth looking again.
    pub(crate) fn wakes(&self) -> Vec<Interest<'_>> {
        let streams = self.pending.iter();
        streams
            .map(|(stream, _)| Interest::writable(stream.fd()))
            .collect()
    }

    /// How long to wait for that.
    pub(crate) fn again(&self) -> Option<Duration> {
        let next = (!self.untried.is_empty()).then_some(self.next);
        let given_up = self.pending.iter().map(|(_, until)| *until);
        given_up.chain(next).filter_map(Deadline::left).min()
    }

    fn start(&mut self, address: SocketAddr) {
        match Stream::tcp(address) {
            Ok(stream) => {
                let until = self.allowed.map_or(Deadline::NONE, Deadline::after);
                self.pending.push((stream, until));
                self.next = Deadline::after(STAGGER);
            }
            Err(error) => self.fail(Some(address), error),
        }
    }

    /// The first connection that is there; those that have failed are dropped.
    fn winner(&mut self) -> Option<Stream> {
        if self.pending.is_empty() {
            return None;
        }
        // What cannot be asked has not moved, and is given up in time.
        let moved = process::wait(&self.wakes(), Deadline::now()).unwrap_or_default();
        let mut moved = moved.into_iter();
        for (stream, until) in std::mem::take(&mut self.pending) {
            let connected = match moved.next() {
                Some(true) => stream.connected(),
                _ if until.has_passed() => Err(io::ErrorKind::TimedOut.into()),
                _ => {
                    self.pending.push((stream, until));
                    continue;
                }
            };
            match connected {
                Ok(()) => return Some(stream),
                Err(error) => self.fail(stream.peer(), error),
            }
        }
        None
    }

    fn fail(&mut self, address: Option<SocketAddr>, error: io::Error) {
        // That a machine has no IPv6 says nothing about a server that has refused a connection by IPv4 so far.
        let no_way = matches!(
            error.kind(),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
        );
        if self.failed.is_none() || !no_way {
            self.failed = Some(Failed { address, error });
        }
        self.next = Deadline::now();
    }

    fn failure(&mut self) -> Failed {
        let none = || Failed {
            address: None,
            error: io::Error::other("no address"),
        };
        self.failed.take().unwrap_or_else(none)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use nix::sys::socket::{Backlog, listen};

    use super::*;

    /// There is no listener, and there will be none.
    fn refusing() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    /// One whose queue is full, so that the system drops whatever comes for it, and those who are in the queue.
    fn silent() -> (SocketAddr, impl Sized) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listen(&listener, Backlog::new(0).unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let come = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
        let queue: Vec<_> = std::iter::from_fn(come).collect();
        (address, (listener, queue))
    }

    /// Where the connection leads, or how the last of the addresses failed.
    fn check(
        addresses: &[SocketAddr],
        allowed: Option<Duration>,
    ) -> Result<Option<SocketAddr>, (Option<SocketAddr>, io::ErrorKind)> {
        let mut race = Race::new(addresses, allowed);
        let until = Deadline::after(Duration::from_secs(20));
        loop {
            match race.look() {
                Progress::Connected(stream) => return Ok(stream.peer()),
                Progress::Failed(failed) => return Err((failed.address, failed.error.kind())),
                Progress::Waits => assert!(!until.has_passed(), "it takes for ever"),
            }
            let again = race.again().map_or(until, |again| until.within(again));
            process::wait(&race.wakes(), again).unwrap();
        }
    }

    #[test]
    fn the_first_that_accepts_wins() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        let (silent, _queue) = silent();
        let refusing = refusing();
        assert_eq!(check(&[there, silent], None), Ok(Some(there)));
        assert_eq!(check(&[refusing, there], None), Ok(Some(there)));
        // Nothing says that the silent one will not accept, so the other is tried meanwhile.
        assert_eq!(check(&[silent, refusing, there], None), Ok(Some(there)));
    }

    #[test]
    fn an_address_without_a_way_says_nothing_about_the_others() {
        let refusing = refusing();
        let mut race = Race::new(&[], None);
        let mut fail = |address: SocketAddr, kind: io::ErrorKind| {
            race.fail(Some(address), kind.into());
            race.failed.as_ref().and_then(|failed| failed.address)
        };
        let (no_way, other) = ("[::1]:1".parse().unwrap(), "[::1]:2".parse().unwrap());
        let unreachable = io::ErrorKind::AddrNotAvailable;
        assert_eq!(fail(no_way, unreachable), Some(no_way));
        assert_eq!(fail(other, unreachable), Some(no_way));
        let refused = io::ErrorKind::ConnectionRefused;
        assert_eq!(fail(refusing, refused), Some(refusing));
        assert_eq!(fail(no_way, unreachable), Some(refusing));
    }

    #[test]
    fn the_last_that_fails_is_named() {
        let refusing = refusing();
        let refused = Err((Some(refusing), io::ErrorKind::ConnectionRefused));
        assert_eq!(check(&[refusing], None), refused);
        let (silent, _queue) = silent();
        let soon = Some(Duration::from_millis(50));
        let late = Err((Some(silent), io::ErrorKind::TimedOut));
        assert_eq!(check(&[refusing, silent], soon), late);
        assert_eq!(check(&[], None), Err((None, io::ErrorKind::Other)));
    }
}
