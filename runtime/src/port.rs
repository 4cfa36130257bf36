//! Leasing ports.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// A port that nobody else is given while this exists: not by another thread, process, session or user.
///
/// The lease is an abstract unix socket named after the port: the kernel gives it to one process at a time, frees it however
/// that process ends, and keeps one set of names for each network namespace, as it does with ports.
#[derive(Debug)]
pub(crate) struct PortLease {
    port: u16,
    _name: UnixListener,
}

impl PortLease {
    /// Leases a port that nothing listens on.
    pub(crate) fn new() -> io::Result<Self> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let candidates = candidates(&ephemeral_range());
        // Sessions that start at different places rarely try the same port.
        let offset = std::process::id() as usize * 101;
        for _ in 0..candidates.len() {
            let next = offset + usize::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let Some(port) = candidates.get(next % candidates.len()) else { break };
            let Ok(lease) = Self::fixed(*port) else { continue };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok() {
                return Ok(lease);
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
    }

    /// Leases this port, whether or not something listens on it.
    pub(crate) fn fixed(port: u16) -> io::Result<Self> {
        let name = SocketAddr::from_abstract_name(format!("fixtured-port-{port}"))?;
        Ok(Self { port, _name: UnixListener::bind_addr(&name)? })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// The ports to choose from: a range that servers rarely use, without those that the kernel gives to clients, since a client's
/// connection may take such a port at any moment.
fn candidates(ephemeral: &std::ops::RangeInclusive<u16>) -> Vec<u16> {
    let ports: BTreeSet<u16> = (20_000..=65_000).filter(|port| !ephemeral.contains(port)).collect();
    // Where the kernel gives all of them away, there is nothing better than any of them.
    if ports.is_empty() { (20_000..=65_000).collect() } else { ports.into_iter().collect() }
}

/// The ports that the kernel gives to clients (`ip_local_port_range` in ip(7)).
fn ephemeral_range() -> std::ops::RangeInclusive<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(low), Some(high)) => low..=high,
        _ => 32_768..=60_999,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_are_distinct_and_free() {
        let leases: Vec<_> = (0..100).map(|_| PortLease::new().unwrap()).collect();
        let ports: BTreeSet<_> = leases.iter().map(PortLease::port).collect();
        assert_eq!(ports.len(), 100);
        let ephemeral = ephemeral_range();
        assert!(ports.iter().all(|port| !ephemeral.contains(port)));
        assert!(ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()));
    }

    #[test]
    fn a_leased_port_cannot_be_leased_again_until_it_is_given_back() {
        let lease = PortLease::new().unwrap();
        assert!(PortLease::fixed(lease.port()).is_err());
        let port = lease.port();
        drop(lease);
        assert!(PortLease::fixed(port).is_ok());
    }

    #[test]
    fn the_ephemeral_range_is_avoided_where_possible() {
        assert_eq!(candidates(&(32_768..=60_999)).len(), 12_768 + 4_001);
        assert_eq!(candidates(&(1024..=65_535)).len(), 45_001);
    }
}
