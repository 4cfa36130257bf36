//! Ready when a Unix socket accepts a connection.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

use super::client::Client;
use super::path_watch::{self, below};
use super::round_trip::CONNECTED;
use super::{Check, Probe};
use crate::connect::Stream;
use crate::deadline::Deadline;
use crate::error::Invalid;
use crate::process::Holder;

/// How long the path of a socket may be: `sun_path` of unix(7) holds a NUL byte more.
const LONGEST: usize = 107;

/// Ready when the socket accepts a connection.
pub(crate) struct UnixSocket {
    path: PathBuf,
    /// How long the path is that the process is given.
    length: usize,
    client: Client,
}

impl UnixSocket {
    /// At a path that may start from the directory in which the process runs.
    pub(crate) fn new(cwd: &Path, path: &str) -> Self {
        let length = path.len();
        let path = below(cwd, path.into());
        Self {
            length,
            client: Client::unix(&path),
            path,
        }
    }
}

impl Probe for UnixSocket {
    fn problem(&self) -> Option<String> {
        problem(&self.path, self.length)
    }

    fn check(&mut self, _: Deadline) -> Check {
        self.client.check(&[], CONNECTED)
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    fn by_others(&self) -> bool {
        true
    }

    fn holds_before(&mut self, _: Deadline) -> Option<(String, Option<Holder>)> {
        accepts_before(&self.path)
    }

    fn leaves(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// What is wrong with the path of a socket, of which the process uses this many bytes.
pub(super) fn problem(path: &Path, length: usize) -> Option<String> {
    let long = || {
        let limit = LONGEST;
        let invalid = Invalid::LongSocketPath {
            path,
            length,
            limit,
        };
        (length > limit).then(|| invalid.into())
    };
    path_watch::problem("socket", path).or_else(long)
}

/// The listener on a socket, if there is one, and its owner.
pub(super) fn accepts_before(path: &Path) -> Option<(String, Option<Holder>)> {
    let holder = match Stream::unix(path) {
        Ok(stream) => {
            let peer = getsockopt(&stream.fd(), PeerCredentials).ok();
            peer.map(|peer| Holder::Process(peer.pid().unsigned_abs()))
        }
        // The listener's queue is full.
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(_) => return None,
    };
    Some((format!("{} accepted a connection", path.display()), holder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;
    use crate::process::eventually;

    #[test]
    fn it_is_ready_from_listening_on() {
        let dir = std::env::temp_dir().join(format!("fixtured-socket-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("s");
        let mut socket = UnixSocket::new(&dir, "s");
        assert_eq!(
            socket.check(Deadline::NONE),
            Check::NotYet(format!("{}: no such file", path.display()))
        );
        assert!(!Probe::wakes(&socket).is_empty());
        let listener = UnixListener::bind(&path).unwrap();
        assert_eq!(socket.check(Deadline::NONE), Check::Ready);
        drop(listener);
        let refused = Check::NotYet(format!("{}: connection refused", path.display()));
        eventually(|| socket.check(Deadline::NONE) == refused);
        assert!(Probe::wakes(&socket).is_empty());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
