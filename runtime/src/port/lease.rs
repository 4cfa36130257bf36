//! The lease of one port.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

use super::candidates::{Candidates, ephemeral_range};
use super::lock_dir::{Lock, LockDir, is_of_another};

/// A leased port. No other thread, process, session or user of fixtured gets it while this exists.
///
/// The lease is an abstract Unix socket named after the port: the kernel gives it to one process at a time, frees it however
/// that process ends, and keeps one set of names for each network namespace, as it does with ports. Where other users have taken
/// all names, the lease is a lock of this user alone ([`LockDir`]).
#[derive(Debug)]
pub(crate) struct PortLease {
    port: u16,
    _name: Option<UnixListener>,
    _lock: Option<Lock>,
}

impl PortLease {
    /// Leases a port that nothing listens on.
    pub(crate) fn new() -> io::Result<Self> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let candidates = Candidates::beside(&ephemeral_range());
        // Sessions that start at different places rarely try the same port.
        let offset = std::process::id() as usize * 101;
        let next = || offset + usize::from(NEXT.fetch_add(1, Ordering::Relaxed));
        Self::among((0..candidates.len()).map(|_| candidates.nth(next())))
    }

    fn among(ports: impl Iterator<Item = u16> + Clone) -> io::Result<Self> {
        let free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        let by_name = |port| Self::fixed(port).ok().filter(|_| free(port));
        if let Some(lease) = ports.clone().find_map(by_name) {
            return Ok(lease);
        }
        let taken = || {
            io::Error::new(
                io::ErrorKind::AddrInUse,
                "all ports that may be leased are taken; `ss -xlp` shows who holds the names `@fixtured-port-…`, and `ss -tlp` who listens",
            )
        };
        let by_lock = |port| {
            // Anew each time, since another session that needs it no more may remove it.
            let lock = LockDir::make().ok()?.lock(port)?;
            let lease = Self {
                port,
                _name: None,
                _lock: Some(lock),
            };
            (is_of_another(&name_of(port)) && free(port)).then_some(lease)
        };
        ports.clone().find_map(by_lock).ok_or_else(taken)
    }

    /// Leases this port, whether or not something listens on it.
    pub(crate) fn fixed(port: u16) -> io::Result<Self> {
        let name = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name_of(port))?)?;
        // This is checked only after taking the name: a process that locks a port checks the name after locking.
        let lock = match LockDir::find() {
            None => None,
            Some(lock_dir) => Some(lock_dir.lock(port).ok_or(io::ErrorKind::AddrInUse)?),
        };
        Ok(Self {
            port,
            _name: Some(name),
            _lock: lock,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// What the lease of a port is called.
fn name_of(port: u16) -> String {
    format!("fixtured-port-{port}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::candidates::ephemeral_range;
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

    /// A program that holds the names of these ports as another user, until it is dropped.
    struct Squatter(std::process::Child);

    impl Squatter {
        fn new(ports: &[u16]) -> Self {
            use std::io::{BufRead, BufReader};
            use std::os::unix::process::CommandExt;
            let script = "import socket, sys\nheld = []\nfor port in sys.argv[1:]:\n    it = socket.socket(socket.AF_UNIX)\n    \
                          it.bind('\\0fixtured-port-' + port)\n    it.listen()\n    held.append(it)\nprint('held', flush=True)\nsys.stdin.read()";
            let mut child = std::process::Command::new("/usr/bin/python3")
                .args(["-c", script])
                .args(ports.iter().map(u16::to_string))
                .uid(65_534)
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut said)
                .unwrap();
            assert_eq!(said, "held\n");
            Self(child)
        }
    }

    impl Drop for Squatter {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_user_who_holds_all_names_keeps_nobody_from_leasing() {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("NOT RUN: only root can act as another user that holds names");
            return;
        }
        let leases: Vec<_> = (0..4).map(|_| PortLease::new().unwrap()).collect();
        let mut ports: Vec<_> = leases.iter().map(PortLease::port).collect();
        drop(leases);
        let squatter = Squatter::new(&ports[..3]);
        // The last is our own, by name; it stays ours.
        let own = PortLease::fixed(ports[3]).unwrap();
        let all = || ports.iter().copied();
        let mut leased: Vec<_> = (0..3).map(|_| PortLease::among(all()).unwrap()).collect();
        let error = PortLease::among(all()).unwrap_err().to_string();
        assert!(error.contains("ss -xlp"), "{error}");
        // Processes that lease when the names are free again find the locks.
        drop(squatter);
        assert!(PortLease::among(all()).is_err());
        let port = leased.pop().unwrap().port();
        assert_eq!(PortLease::among(all()).unwrap().port(), port);
        drop((own, leased));
        ports.retain(|port| PortLease::fixed(*port).is_err());
        assert!(ports.is_empty(), "{ports:?}");
    }
}
