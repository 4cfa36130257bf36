//! The owner of a listener on a TCP port: the process with its socket below `/proc/PID/fd` (proc(5)).

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nix::unistd::{Uid, User, geteuid};

use super::identity::Identity;
use super::poll::wait;
use super::sockets::{Socket, listening};
use super::tree::{all, descendants, is_below};
use crate::deadline::Deadline;

/// How often a listener must turn out to belong to another process: a socket may seem to have no owner while its process forks.
const LOOKS: usize = 3;

/// How long a listener may have no visible owner, while one of our descendants cannot be inspected, before this is treated as permanent. A
/// process that is exiting or executing another program cannot be inspected for a moment.
const LASTS: Duration = Duration::from_millis(300);

/// How long to wait between two looks at something that may pass.
const BETWEEN: Duration = Duration::from_millis(5);

/// The owner of something that we need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Holder {
    /// The process with this number.
    Process(u32),
    /// A process of this user that may not be looked into.
    SomeOf(u32),
}

/// The owner of a listener, as far as this user can tell.
pub(crate) fn holder(address: SocketAddr) -> Option<Holder> {
    let sockets = listening(address);
    let process = all()
        .into_iter()
        .find(|pid| has(*pid, &sockets) == Ok(true));
    let some = sockets.first().map(|socket| Holder::SomeOf(socket.uid));
    process.map(Holder::Process).or(some)
}

/// Another process that listens on the first of the addresses with a listener, instead of `main`, a process below `keeper`.
///
/// Returns `None` if the listener is one of ours, on another machine or in another network namespace. If no visible process owns it, it is
/// treated as ours if one of our descendants has changed its user and the socket belongs to that user.
pub(super) fn stranger(addresses: &[SocketAddr], main: u32, keeper: u32) -> Option<Holder> {
    let until = Deadline::after(LASTS);
    let mut looks = 0;
    loop {
        match look(addresses, main, keeper) {
            Seen::Ours => return None,
            Seen::Stranger(holder) => {
                looks += 1;
                if looks == LOOKS {
                    return Some(holder);
                }
            }
            Seen::Unclear(whose) if until.has_passed() => return whose,
            Seen::Unclear(_) => {
                looks = 0;
                let _ = wait(&[], until.within(BETWEEN));
            }
        }
    }
}

/// What one look at a listener shows.
enum Seen {
    Ours,
    Stranger(Holder),
    /// No process that can be inspected has it, which may be temporary; what it means if it lasts.
    Unclear(Option<Holder>),
}

fn look(addresses: &[SocketAddr], main: u32, keeper: u32) -> Seen {
    let mut all = addresses
        .iter()
        .map(|address| (*address, listening(*address)));
    let Some((address, sockets)) = all.find(|(_, sockets)| !sockets.is_empty()) else {
        return Seen::Ours;
    };
    if has(main, &sockets) == Ok(true) {
        return Seen::Ours;
    }
    let mut closed = Vec::new();
    for pid in descendants(keeper) {
        match has(pid, &sockets) {
            Ok(true) => return Seen::Ours,
            Ok(false) => {}
            Err(_) => closed.push(pid),
        }
    }
    let own = geteuid().as_raw();
    let of = |uid: u32| sockets.iter().any(|socket| socket.uid == uid);
    match holder(address) {
        // It may have been born since.
        Some(Holder::Process(pid)) if is_below(pid, keeper) => Seen::Ours,
        Some(Holder::Process(pid)) => Seen::Stranger(Holder::Process(pid)),
        Some(some) => {
            let users: Vec<_> = closed.into_iter().flat_map(users).collect();
            // Becoming another user is nothing that passes.
            let changed = users.iter().any(|uid| *uid != own && of(*uid));
            match (changed, users.contains(&own) && of(own)) {
                (true, _) => Seen::Ours,
                // Some processes of our own user cannot be inspected.
                (_, true) => Seen::Unclear(None),
                // Its process may have just ended, and handed its socket on.
                _ => Seen::Unclear(Some(some)),
            }
        }
        // It has ended.
        None => Seen::Unclear(None),
    }
}

/// The users that a process acts as, or may act as again (`Uid` in proc(5)).
fn users(pid: u32) -> Vec<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let users = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let users = users.unwrap_or_default().split_ascii_whitespace();
    users.filter_map(|uid| uid.parse().ok()).collect()
}

/// Returns whether a process has one of the sockets open. An error means that it may not be looked into.
pub(super) fn has(pid: u32, sockets: &[Socket]) -> Result<bool, io::ErrorKind> {
    let closed = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    // Nobody but root may look into one that has ended and was not collected yet.
    let lives = || Identity::of(pid).is_some();
    let entries = match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(entries) => entries,
        Err(error) if closed(&error) && lives() => return Err(error.kind()),
        // It has ended.
        Err(_) => return Ok(false),
    };
    let mut may_look = true;
    for entry in entries.flatten() {
        let target = match fs::read_link(entry.path()) {
            Ok(target) => target,
            // Root may list what it may not follow, where it has not all of its rights, as in a container.
            Err(error) => {
                may_look &= !closed(&error);
                continue;
            }
        };
        let inode = target
            .to_str()
            .and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'))
            .and_then(|inode| inode.parse().ok());
        if sockets.iter().any(|socket| Some(socket.inode) == inode) {
            return Ok(true);
        }
    }
    match may_look || !lives() {
        true => Ok(false),
        false => Err(io::ErrorKind::PermissionDenied),
    }
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
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::process::eventually;

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
            eventually(|| holder(address).is_none());
        }
    }

    /// Processes that come and go, each becoming another program twice, while this process listens in their place.
    #[test]
    fn a_stranger_never_passes_for_descendants_that_come_and_go() {
        let script = "while :; do /bin/true & (exec /bin/true) & /bin/true; wait; done";
        let mut restless = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Vec<_> = (0..100)
            .map(|_| stranger(&[address], restless.id(), restless.id()))
            .collect();
        restless.kill().unwrap();
        restless.wait().unwrap();
        for found in seen {
            assert!(matches!(found, Some(Holder::Process(_))), "{found:?}");
        }
    }

    #[test]
    fn a_listener_of_a_descendant_is_ours_though_others_come_and_go() {
        let script = "import os, socket, sys; s = socket.create_server((\"127.0.0.1\", 0)); \
            print(s.getsockname()[1], flush=True); os.execvp(\"sh\", [\"sh\", \"-c\", \
            \"while :; do /bin/true & /bin/true; wait; done\"]) if os.fork() else os.read(0, 1)";
        let mut parent = Command::new("python3")
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let mut said = BufReader::new(parent.stdout.take().unwrap());
        said.read_line(&mut port).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap()));
        // The listener's own process is below it, and so is what comes and goes.
        let seen: Vec<_> = (0..100)
            .map(|_| stranger(&[address], parent.id(), parent.id()))
            .collect();
        parent.kill().unwrap();
        parent.wait().unwrap();
        assert!(seen.iter().all(Option::is_none), "{seen:?}");
    }
}
