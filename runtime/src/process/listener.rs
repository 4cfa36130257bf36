//! Whose the listener on a TCP port is: whoever has its socket among those below `/proc/PID/fd` (proc(5)).

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;

use nix::unistd::{Uid, User, geteuid};

use super::identity::Identity;
use super::sockets::{Socket, listening};
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
        // Nobody but root may look into one that has ended and was not collected yet.
        Err(error)
            if error.kind() == io::ErrorKind::PermissionDenied && Identity::of(pid).is_some() =>
        {
            return Err(error.kind());
        }
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
        let command = Identity::of(*pid).map(Identity::command);
        match command.unwrap_or_default().as_str() {
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
}
