//! Whether a port is in use.

use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Who has this port: a listener, and a session that leases it. The name of the lease is what `fixtured` has promised to all its
/// versions, since they share the machine.
pub fn leased(port: u16) -> (bool, bool) {
    let listened = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
    let lease = SocketAddr::from_abstract_name(format!("fixtured-port-{port}"))
        .and_then(|name| UnixListener::bind_addr(&name));
    (listened, lease.is_err())
}
