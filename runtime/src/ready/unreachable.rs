//! Why there is no connection, in words.

use std::io;
use std::net::SocketAddr;

/// An error in words, without the number that the system gives it.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer".into(),
        _ => error.to_string(),
    }
}

/// What keeps everybody from connecting to an address of this machine: a network without loopback.
pub(super) fn no_way(address: SocketAddr, error: &io::Error) -> Option<String> {
    let nowhere = matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
    );
    (nowhere && address.ip().is_loopback()).then(|| {
        format!("{address} cannot be reached: {error}; the loopback interface is down (`ip link set lo up`)")
    })
}
