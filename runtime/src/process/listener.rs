//! Whose the listener on a TCP port is.
//!
//! `/proc/net/tcp` names the socket of each listener, and `/proc/PID/fd` the sockets that each process has open (proc(5)).

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::unistd::{Uid, User, geteuid};

use super::tree::{all, descendants};

/// How often a listener must turn out to be a stranger's: a process that forks while it is looked at may seem to be nobody's.
const LOOKS: usize = 3;

/// Who has something that we wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Holder {
    /// The process with this number.
    Process(u32),
    /// A process of this user that may not be looked into.
    SomeOf(u32),
}

/// One listening socket.
struct Socket {
    inode: u64,
    uid: u32,
}

/// Who listens on an address, as far as this user may know.
pub(crate) fn holder(address: SocketAddr) -> Option<Holder> {
    let sockets = listening(address);
    let process = all()
        .into_iter()
        .find(|pid| has(*pid, &sockets) == Ok(true));
    let some = sockets.first().map(|socket| Holder::SomeOf(socket.uid));
    process.map(Holder::Process).or(some)
}

/// The stranger who listens on the first of the addresses that has a listener, in the place of `main`, a process below `keeper`.
/// `None` if the listener is theirs or nobody can tell: it is on another machine or in another network namespace, or a descendant may
/// not be looked into, as one that has changed its user.
pub(super) fn stranger(addresses: &[SocketAddr], main: u32, keeper: u32) -> Option<Holder> {
    let mut found = None;
    for _ in 0..LOOKS {
        let all = addresses
            .iter()
            .map(|address| (*address, listening(*address)));
        let (address, sockets) = all.into_iter().find(|(_, sockets)| !sockets.is_empty())?;
        if has(main, &sockets) == Ok(true) {
            return None;
        }
        let ours = descendants(keeper);
        if ours.iter().any(|pid| has(*pid, &sockets) != Ok(false)) {
            return None;
        }
        found = holder(address).filter(|holder| match holder {
            Holder::Process(pid) => !ours.contains(pid),
            // One that could have been looked into has just ended, and handed its socket on.
            Holder::SomeOf(uid) => *uid != geteuid().as_raw() && !geteuid().is_root(),
        });
        found?;
    }
    found
}

/// Whether a process has one of the sockets open. An error means that it may not be looked into.
fn has(pid: u32, sockets: &[Socket]) -> Result<bool, io::ErrorKind> {
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error.kind()),
        // It has ended.
        Err(_) => return Ok(false),
    };
    Ok(entries.flatten().any(|entry| {
        let target = fs::read_link(entry.path()).unwrap_or_default();
        let inode = target
            .to_str()
            .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'))
            .and_then(|inode| inode.parse().ok());
        sockets.iter().any(|socket| Some(socket.inode) == inode)
    }))
}

/// The sockets that would accept a connection to an address.
fn listening(address: SocketAddr) -> Vec<Socket> {
    let of = |file: &str| -> Vec<Socket> {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .filter_map(|line| read(line, address))
            .collect()
    };
    let found = match address {
        SocketAddr::V4(_) => of("/proc/net/tcp"),
        SocketAddr::V6(_) => Vec::new(),
    };
    // One of IPv6 on all addresses gets the connections of IPv4 that nobody else does.
    match found.is_empty() {
        true => of("/proc/net/tcp6"),
        false => found,
    }
}

/// Reads a line, if it is that of a listener for this address.
fn read(line: &str, address: SocketAddr) -> Option<Socket> {
    const LISTENS: &str = "0A";
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (ip, port) = fields.next()?.split_once(':')?;
    if u16::from_str_radix(port, 16).ok()? != address.port() {
        return None;
    }
    let ip = parse(ip)?;
    if fields.nth(1)? != LISTENS || !accepts(ip, address.ip()) {
        return None;
    }
    Some(Socket {
        uid: fields.nth(3)?.parse().ok()?,
        inode: fields.nth(1)?.parse().ok()?,
    })
}

/// Reads an address: words of 32 bits in the byte order of the machine.
fn parse(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::new();
    for at in (0..hex.len()).step_by(8) {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        _ => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
    }
}

/// Whether a listener that is bound to `bound` gets connections to `wanted`. One bound to `::` gets those of IPv4 too.
fn accepts(bound: IpAddr, wanted: IpAddr) -> bool {
    bound.to_canonical() == wanted.to_canonical()
        || bound == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        || bound == IpAddr::V4(Ipv4Addr::UNSPECIFIED) && wanted.to_canonical().is_ipv4()
}

/// `pid 4242: python3 -m http.server`, or whose process it is.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pid = match self {
            Self::Process(pid) => pid,
            Self::SomeOf(uid) => {
                let user = User::from_uid(Uid::from_raw(*uid)).ok().flatten();
                let user = user.map_or_else(|| uid.to_string(), |user| user.name);
                return write!(f, "a process of the user {user}");
            }
        };
        let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        match command.trim() {
            "" => write!(f, "pid {pid}"),
            command => write!(f, "pid {pid}: {command}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn listeners_are_found_by_their_address() {
        let mut addresses = vec!["127.0.0.1:0"];
        // Not every machine has IPv6.
        addresses.extend(TcpListener::bind("[::1]:0").is_ok().then_some("[::1]:0"));
        for address in addresses {
            let listener = TcpListener::bind(address).unwrap();
            let address = listener.local_addr().unwrap();
            let found = holder(address).unwrap();
            assert_eq!(found, Holder::Process(std::process::id()));
            assert!(
                found
                    .to_string()
                    .starts_with(&format!("pid {}: ", std::process::id()))
            );
            drop(listener);
            assert_eq!(holder(address), None);
        }
    }

    #[test]
    fn a_listener_on_all_addresses_gets_every_connection_of_its_family() {
        let [v4, v6]: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
        let [any4, any6]: [IpAddr; 2] = ["0.0.0.0".parse().unwrap(), "::".parse().unwrap()];
        let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
        for (bound, wanted, accepted) in [
            (v4, v4, true),
            (mapped, v4, true),
            (any4, v4, true),
            (any6, v4, true),
            (any6, v6, true),
            (any4, v6, false),
            (v6, v4, false),
        ] {
            assert_eq!(accepts(bound, wanted), accepted, "{bound} {wanted}");
        }
    }

    #[test]
    fn addresses_are_read_in_the_order_of_the_machine() {
        let hex = |bytes: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(bytes));
        assert_eq!(parse(&hex([127, 0, 0, 1])), "127.0.0.1".parse().ok());
        let loopback = hex([0; 4]).repeat(3) + &hex([0, 0, 0, 1]);
        assert_eq!(parse(&loopback), "::1".parse().ok());
        assert_eq!(parse("7F"), None);
    }
}
