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

/// What keeps everybody from connecting to an address of this machine: a network without loopback, or one without IPv6.
pub(super) fn no_way(address: SocketAddr, error: &io::Error) -> Option<String> {
    let why = match (address, error.kind()) {
        (SocketAddr::V4(_), io::ErrorKind::NetworkUnreachable) => {
            "the loopback interface is down (`ip link set lo up`)"
        }
        // Of IPv4, this says that no port is free to connect from, which passes.
        (
            SocketAddr::V6(_),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable,
        ) => "the loopback interface is down (`ip link set lo up`), or has no IPv6",
        _ => return None,
    };
    let loopback = address.ip().is_loopback();
    loopback.then(|| format!("{address} cannot be reached: {error}; {why}"))
}
