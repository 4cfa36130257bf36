//! Ready when a TCP connection is accepted.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::{Check, Readiness};
use crate::deadline::Deadline;

/// On loopback a connection is accepted or refused at once; only elsewhere can it take this long to say that it was not.
const CONNECT: Duration = Duration::from_millis(500);

/// Ready when one of the addresses of `host:port` accepts a connection.
pub(crate) struct Tcp {
    address: String,
}

impl Tcp {
    pub(crate) fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
        }
    }

    /// Connects to the first address that accepts.
    pub(crate) fn connect(&self) -> std::io::Result<TcpStream> {
        let mut refused = std::io::Error::other("the name has no address");
        for address in self.address.to_socket_addrs()? {
            match connect(address) {
                Ok(stream) => return Ok(stream),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, CONNECT)?;
    // A port of the ephemeral range may be given to this very connection, which then talks to itself.
    if stream.local_addr().is_ok_and(|own| own == address) {
        return Err(std::io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

impl Readiness for Tcp {
    fn check(&mut self, _: Deadline) -> Check {
        match self.connect() {
            Ok(_) => Check::Ready,
            Err(error) => Check::NotYet(format!("{}: {}", self.address, reason(&error))),
        }
    }
}

/// An error in words, without the number that the system gives it.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".into(),
        std::io::ErrorKind::NotFound => "no such file".into(),
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => "no answer".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_ready_and_none_is_refused() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(Tcp::new(&address).check(Deadline::NONE), Check::Ready);
        drop(listener);
        assert_eq!(
            Tcp::new(&address).check(Deadline::NONE),
            Check::NotYet(format!("{address}: connection refused"))
        );
    }
}
