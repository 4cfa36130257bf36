//! Who has a port.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::processes;

/// The processes that have leased a port of these or listen on it, by port.
pub fn holders(ports: &BTreeSet<u16>) -> BTreeMap<u16, BTreeSet<u32>> {
    let sockets = sockets();
    let mut holders = BTreeMap::<_, BTreeSet<_>>::new();
    // Every one that is held counts, even where nobody can be seen who holds it.
    for port in sockets.values().filter(|port| ports.contains(port)) {
        holders.entry(*port).or_default();
    }
    for process in processes() {
        let descriptors = fs::read_dir(format!("/proc/{}/fd", process.pid));
        for descriptor in descriptors.into_iter().flatten().flatten() {
            let target = fs::read_link(descriptor.path()).unwrap_or_default();
            let port = target
                .to_str()
                .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'))
                .and_then(|inode| sockets.get(inode));
            if let Some(found) = port.and_then(|port| holders.get_mut(port)) {
                found.insert(process.pid);
            }
        }
    }
    holders
}

/// The ports of sockets that listen and of leases, by inode (proc(5), unix(7)).
fn sockets() -> BTreeMap<String, u16> {
    let mut sockets = BTreeMap::new();
    let tcp = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    for line in tcp.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        let port = fields[1].rsplit(':').next();
        let port = port.and_then(|port| u16::from_str_radix(port, 16).ok());
        // The state `0A` is listening.
        if let (Some(port), "0A") = (port, fields[3]) {
            sockets.insert(fields[9].to_owned(), port);
        }
    }
    let unix = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    for line in unix.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        let name = fields.get(7).copied().unwrap_or_default();
        let port = name.strip_prefix("@fixtured-port-");
        if let Some(port) = port.and_then(|port| port.parse().ok()) {
            sockets.insert(fields[6].to_owned(), port);
        }
    }
    sockets
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};

    use super::*;

    #[test]
    fn who_listens_and_who_has_leased_is_found() {
        let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
        let (listener, other) = (listen(), listen());
        // Sessions do not lease what the kernel gives away.
        let (listening, leased) = (port(&listener), port(&other));
        drop(other);
        let name = SocketAddr::from_abstract_name(format!("fixtured-port-{leased}")).unwrap();
        let lease = UnixListener::bind_addr(&name).unwrap();
        let me = BTreeSet::from([std::process::id()]);
        let ports = [listening, leased].into();
        let found = holders(&ports);
        assert_eq!(found, [(listening, me.clone()), (leased, me)].into());
        drop((listener, lease));
        assert!(holders(&ports).is_empty());
    }
}
