//! Leasing ports.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::{Range, RangeInclusive};
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
        let candidates = Candidates::beside(&ephemeral_range());
        // Sessions that start at different places rarely try the same port.
        let offset = std::process::id() as usize * 101;
        for _ in 0..candidates.len() {
            let next = offset + usize::from(NEXT.fetch_add(1, Ordering::Relaxed));
            let port = candidates.nth(next);
            let Ok(lease) = Self::fixed(port) else {
                continue;
            };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(lease);
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free"))
    }

    /// Leases this port, whether or not something listens on it.
    pub(crate) fn fixed(port: u16) -> io::Result<Self> {
        let name = SocketAddr::from_abstract_name(format!("fixtured-port-{port}"))?;
        Ok(Self {
            port,
            _name: UnixListener::bind_addr(&name)?,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// The ports to choose from: those of a range that servers rarely use, without those that the kernel gives to clients, since a
/// client's connection may take such a port at any moment.
#[derive(Debug, PartialEq)]
struct Candidates {
    below: Range<u16>,
    above: Range<u16>,
}

impl Candidates {
    fn beside(ephemeral: &RangeInclusive<u16>) -> Self {
        const ALL: Range<u16> = 20_000..65_000;
        let below = ALL.start..(*ephemeral.start()).clamp(ALL.start, ALL.end);
        let above = ephemeral.end().saturating_add(1).clamp(ALL.start, ALL.end)..ALL.end;
        // Where the kernel gives all of them away, there is nothing better than any of them.
        if below.is_empty() && above.is_empty() {
            Self { below: ALL, above }
        } else {
            Self { below, above }
        }
    }

    fn len(&self) -> usize {
        self.below.len() + self.above.len()
    }

    /// Counts round and round.
    fn nth(&self, index: usize) -> u16 {
        let index = u16::try_from(index % self.len().max(1)).unwrap_or_default();
        let below = self.below.end - self.below.start;
        if index < below {
            self.below.start + index
        } else {
            self.above.start + (index - below)
        }
    }
}

/// The ports that the kernel gives to clients (`ip_local_port_range` in ip(7)).
fn ephemeral_range() -> RangeInclusive<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut numbers = text
        .split_whitespace()
        .map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(low), Some(high)) => low..=high,
        _ => 32_768..=60_999,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn leases_are_distinct_and_free() {
        let leases: Vec<_> = (0..100).map(|_| PortLease::new().unwrap()).collect();
        let ports: BTreeSet<_> = leases.iter().map(PortLease::port).collect();
        assert_eq!(ports.len(), 100);
        let ephemeral = ephemeral_range();
        assert!(ports.iter().all(|port| !ephemeral.contains(port)));
        assert!(
            ports
                .iter()
                .all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        );
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
        let candidates = Candidates::beside(&(32_768..=60_999));
        assert_eq!(
            candidates,
            Candidates {
                below: 20_000..32_768,
                above: 61_000..65_000
            }
        );
        assert_eq!(candidates.len(), 12_768 + 4_000);
        for (index, port) in [
            (0, 20_000),
            (12_767, 32_767),
            (12_768, 61_000),
            (16_767, 64_999),
            (16_768, 20_000),
        ] {
            assert_eq!(candidates.nth(index), port);
        }
        assert_eq!(Candidates::beside(&(1024..=65_535)).len(), 45_000);
    }
}
