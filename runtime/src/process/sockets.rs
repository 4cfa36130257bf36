//! The TCP sockets of this machine that listen.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

/// A socket that listens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Socket {
    pub(super) inode: u64,
    pub(super) uid: u32,
}

/// A socket with the address that it is bound to.
type Bound = (IpAddr, u16, Socket);

/// The sockets that would accept a connection to an address.
pub(super) fn listening(address: SocketAddr) -> Vec<Socket> {
    let of = |ipv6: bool| -> Vec<Socket> {
        let all = ask(ipv6).unwrap_or_else(|| read_all(ipv6));
        all.into_iter()
            .filter(|(ip, port, _)| *port == address.port() && accepts(*ip, address.ip()))
            .map(|(_, _, socket)| socket)
            .collect()
    };
    let found = match address {
        SocketAddr::V4(_) => of(false),
        SocketAddr::V6(_) => Vec::new(),
    };
    // An IPv6 listener on all addresses gets the IPv4 connections that have no other listener.
    match found.is_empty() {
        true => of(true),
        false => found,
    }
}

/// The sockets that listen on a port, each with its address.
pub(super) fn on_port(wanted: u16) -> Vec<(SocketAddr, Socket)> {
    let of = |ipv6: bool| ask(ipv6).unwrap_or_else(|| read_all(ipv6));
    let all = of(false).into_iter().chain(of(true));
    all.filter(|(_, port, _)| *port == wanted)
        .map(|(ip, port, socket)| (SocketAddr::from((ip, port)), socket))
        .collect()
}

/// Returns whether a listener that is bound to `bound` gets connections to `wanted`. One bound to `::` gets those of IPv4 too.
fn accepts(bound: IpAddr, wanted: IpAddr) -> bool {
    bound.to_canonical() == wanted.to_canonical()
        || bound == IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        || bound == IpAddr::V4(Ipv4Addr::UNSPECIFIED) && wanted.to_canonical().is_ipv4()
}

/// Asks the kernel (sock_diag(7)), which takes it some 30 µs. `None` where it does not answer.
fn ask(ipv6: bool) -> Option<Vec<Bound>> {
    const BY_FAMILY: u16 = 20;
    const REQUEST_DUMP: u16 = 0x301;
    const LISTEN: u32 = 1 << 10;
    const TCP: u8 = 6;
    let kernel = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkSockDiag,
    )
    .ok()?;
    let family = match ipv6 {
        true => AddressFamily::Inet6 as u8,
        false => AddressFamily::Inet as u8,
    };
    // A header (length, type, flags, sequence, sender) and the request, whose last 48 bytes choose a socket when they are not zero.
    let mut request = Vec::new();
    request.extend(72_u32.to_ne_bytes());
    request.extend(BY_FAMILY.to_ne_bytes());
    request.extend(REQUEST_DUMP.to_ne_bytes());
    request.extend([0; 8]);
    request.extend([family, TCP, 0, 0]);
    request.extend(LISTEN.to_ne_bytes());
    request.extend([0; 48]);
    send(kernel.as_raw_fd(), &request, MsgFlags::empty()).ok()?;
    let mut found = Vec::new();
    let mut buffer = [0; 32 << 10];
    loop {
        let read = recv(kernel.as_raw_fd(), &mut buffer, MsgFlags::empty()).ok()?;
        if collect(buffer.get(..read)?, &mut found)? {
            return Some(found);
        }
    }
}

/// Reads the messages of one answer. Returns whether it was the last; `None` if it was an error.
fn collect(mut answer: &[u8], found: &mut Vec<Bound>) -> Option<bool> {
    const ERROR: u16 = 2;
    const DONE: u16 = 3;
    while !answer.is_empty() {
        let length = u32::from_ne_bytes(at(answer, 0)?) as usize;
        match u16::from_ne_bytes(at(answer, 4)?) {
            DONE => return Some(true),
            ERROR => return None,
            _ => {}
        }
        let message = answer.get(16..length)?;
        let ip = match i32::from(*message.first()?) == AddressFamily::Inet6 as i32 {
            true => IpAddr::V6(at::<16>(message, 8)?.into()),
            false => IpAddr::V4(at::<4>(message, 8)?.into()),
        };
        let socket = Socket {
            uid: u32::from_ne_bytes(at(message, 64)?),
            inode: u32::from_ne_bytes(at(message, 68)?).into(),
        };
        found.push((ip, u16::from_be_bytes(at(message, 4)?), socket));
        answer = answer.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Some(false)
}

fn at<const N: usize>(bytes: &[u8], from: usize) -> Option<[u8; N]> {
    bytes.get(from..from + N)?.try_into().ok()
}

/// Reads the kernel's table, which takes it up to some 20 ms, since that has all connections too.
fn read_all(ipv6: bool) -> Vec<Bound> {
    let file = match ipv6 {
        true => "/proc/net/tcp6",
        false => "/proc/net/tcp",
    };
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(read).collect()
}

/// Reads a line, if it is that of a listener.
fn read(line: &str) -> Option<Bound> {
    const LISTENS: &str = "0A";
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (ip, port) = fields.next()?.split_once(':')?;
    if fields.nth(1)? != LISTENS {
        return None;
    }
    let socket = Socket {
        uid: fields.nth(3)?.parse().ok()?,
        inode: fields.nth(1)?.parse().ok()?,
    };
    Some((parse(ip)?, u16::from_str_radix(port, 16).ok()?, socket))
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn both_ways_to_look_find_the_same() {
        let mut addresses = vec!["127.0.0.1:0", "0.0.0.0:0"];
        // Not every machine has IPv6.
        let ipv6 = TcpListener::bind("[::1]:0").is_ok();
        addresses.extend(ipv6.then_some("[::1]:0"));
        for address in addresses {
            let listener = TcpListener::bind(address).unwrap();
            let address = listener.local_addr().unwrap();
            let own = |all: Vec<Bound>| all.into_iter().find(|it| it.1 == address.port());
            let asked = own(ask(address.is_ipv6()).unwrap()).unwrap();
            assert_eq!(asked.0, address.ip());
            assert_eq!(Some(asked), own(read_all(address.is_ipv6())));
            assert_eq!(listening(address), [asked.2]);
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
