//! Ports to ask for.

use std::mem::forget;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Below those that sessions lease, and where the kernel gives none to clients unless it is told to.
const PORTS: Range<u16> = 10_000..20_000;

/// A port that is free, and that no other test is given as long as this process runs.
pub fn free_port() -> u16 {
    let take = |port: &u16| {
        let name = SocketAddr::from_abstract_name(format!("fixtured-test-port-{port}"));
        let taken = name.and_then(|name| UnixListener::bind_addr(&name));
        let free = taken.is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
        // The name is free again when this process has ended.
        forget(taken);
        free
    };
    PORTS.into_iter().find(take).expect("a port is free")
}
