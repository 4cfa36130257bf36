//! A wire, as the rest of the supervisor sees it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, PipeWriter, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use super::door::Door;
use super::relaying::{Relaying, Told};
use crate::error::Cause;
use crate::hold::WireOrder;
use crate::launch::Launch;
use crate::port::PortLease;
use crate::process::with_limit;

/// Threads of a wire hold their bytes elsewhere.
const STACK: usize = 128 << 10;

/// How often a port is leased that another program takes meanwhile.
const TRIES: usize = 3;

/// The relay between one client and its daemon: a thread that passes on what both say. Dropping it closes all connections.
#[derive(Debug)]
pub(in crate::supervisor) struct Wire {
    ports: BTreeMap<String, u16>,
    /// Closed when the thread has nothing more to do.
    wake: Option<PipeWriter>,
    orders: Sender<Told>,
    thread: Option<JoinHandle<()>>,
    // They are released when the thread is gone.
    _leases: Vec<PortLease>,
}

impl Wire {
    /// The addresses at which a daemon is that can have a wire; clients come to the first.
    pub(in crate::supervisor) fn possible(launch: &Launch) -> Result<Vec<IpAddr>, Cause> {
        if launch.external.is_some() {
            let reason = "it runs outside of this session; only what fixtured starts can have one";
            return Err(impossible(launch, reason));
        }
        let elsewhere = || format!("it is at `{}`, which is no loopback address", launch.host);
        hosts(&launch.host).ok_or_else(|| impossible(launch, elsewhere()))
    }

    /// Before a daemon that listens on these ports.
    pub(in crate::supervisor) fn new(
        launch: &Launch,
        ports: &BTreeMap<String, u16>,
    ) -> Result<Self, Cause> {
        let hosts = Self::possible(launch)?;
        if ports.is_empty() {
            return Err(impossible(launch, "it has no TCP port"));
        }
        Self::between(&hosts, ports).map_err(|error| impossible(launch, with_limit(error)))
    }

    fn between(hosts: &[IpAddr], ports: &BTreeMap<String, u16>) -> io::Result<Self> {
        let at = hosts.first().copied();
        let at = at.unwrap_or(Ipv4Addr::LOCALHOST.into());
        let (mut own, mut doors, mut leases) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (name, port) in ports {
            let towards = hosts.iter().map(|host| SocketAddr::from((*host, *port)));
            let (door, lease) = door(at, towards.collect())?;
            own.insert(name.clone(), lease.port());
            doors.push(door);
            leases.push(lease);
        }
        let (woken, wake) = io::pipe()?;
        let (orders, told) = channel();
        let relaying = thread::Builder::new().stack_size(STACK);
        let thread = relaying.spawn(move || Relaying::new(doors).run(woken, &told))?;
        Ok(Self {
            ports: own,
            wake: Some(wake),
            orders,
            thread: Some(thread),
            _leases: leases,
        })
    }

    /// The ports for clients, by the names of those of the daemon.
    pub(in crate::supervisor) fn ports(&self) -> &BTreeMap<String, u16> {
        &self.ports
    }

    /// Has it do this, and waits until it holds.
    pub(in crate::supervisor) fn tell(&self, order: WireOrder) -> Result<(), Cause> {
        let told = || {
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            let (done, result) = channel();
            self.orders
                .send((order, done))
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.wake
                .as_ref()
                .map_or(Ok(()), |mut wake| wake.write_all(&[0]))?;
            result.recv().map_err(gone)?
        };
        told().map_err(|error| Cause::io("tell the wire", error))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        drop(self.wake.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Why a daemon has no wire.
pub(in crate::supervisor) fn impossible(launch: &Launch, reason: impl Display + 'static) -> Cause {
    Cause::io(format!("put a wire before `{}`", launch.name), reason)
}

/// A port that leads to the first of these addresses that accepts.
fn door(at: IpAddr, towards: Vec<SocketAddr>) -> io::Result<(Door, PortLease)> {
    let mut tries = 1;
    loop {
        let lease = PortLease::new()?;
        match Door::new(at, lease.port(), towards.clone()) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => tries += 1,
            door => return Ok((door?, lease)),
        }
    }
}

/// The loopback addresses that a host stands for.
fn hosts(host: &str) -> Option<Vec<IpAddr>> {
    let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let both = || vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    match bare.unwrap_or(host).parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => Some(vec![address]),
        Ok(IpAddr::V4(any)) if any.is_unspecified() => Some(vec![Ipv4Addr::LOCALHOST.into()]),
        Ok(IpAddr::V6(any)) if any.is_unspecified() => Some(vec![Ipv6Addr::LOCALHOST.into()]),
        Ok(_) => None,
        Err(_) => (host == "localhost").then(both),
    }
}
