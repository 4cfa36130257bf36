//! Connecting to a server, wherever it is.

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrIn6, SockaddrLike, UnixAddr, connect,
    socket,
};

use super::patience::Patience;
use super::problem::{Kind, Problem};
use crate::process::{Interest, pause};

/// How long one address is waited for alone before the next one is tried too (RFC 8305).
const STAGGER: Duration = Duration::from_millis(250);

/// Connects to the socket at a path. The stream never blocks.
pub(super) fn by_path(path: &str, patience: &Patience<'_>) -> Result<UnixStream, Problem> {
    let address = UnixAddr::new(path).map_err(io::Error::from)?;
    let since = Instant::now();
    loop {
        let socket = begin(AddressFamily::Unix, &address);
        match socket {
            Ok(socket) => return Ok(socket.into()),
            // The queue of those who want to connect is full, and nothing tells when it no longer is.
            Err(Errno::EAGAIN) => {
                let look_again = pause(since.elapsed());
                match patience.within(look_again).wait(&[]) {
                    Err(problem) if problem.kind == Kind::Late && !patience.is_over() => {}
                    Err(problem) => return Err(problem),
                    Ok(_) => {}
                }
            }
            Err(errno) => return Err(io::Error::from(errno).into()),
        }
    }
}

/// Connects to the first address of `host:port` that accepts. The stream never blocks.
pub(super) fn by_name(address: &str, patience: &Patience<'_>) -> Result<TcpStream, Problem> {
    let mut untried = addresses(address, patience)?.into_iter();
    let mut pending: Vec<TcpStream> = Vec::new();
    let mut failed = Problem::new(Kind::Disconnected, "the name has no address");
    loop {
        match untried.next().map(start) {
            Some(Ok(stream)) => pending.push(stream),
            Some(Err(error)) => failed = error.into(),
            None if pending.is_empty() => return Err(failed),
            None => {}
        }
        if pending.is_empty() {
            continue;
        }
        let others = untried.len() > 0;
        let patience_here = match others {
            true => patience.within(STAGGER),
            false => *patience,
        };
        let interests: Vec<_> = pending
            .iter()
            .map(|stream| Interest::writable(stream.as_fd()))
            .collect();
        let happened = match patience_here.wait(&interests) {
            Err(problem) if others && problem.kind == Kind::Late && !patience.is_over() => continue,
            happened => happened?,
        };
        let mut happened = happened.into_iter();
        let (decided, left): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .partition(|_| happened.next().unwrap_or(false));
        pending = left;
        for stream in decided {
            match stream.take_error()? {
                None => return Ok(stream),
                Some(error) => failed = error.into(),
            }
        }
    }
}

/// The addresses of `host:port`. Whoever asks for the address of a name is not told when the answer is there, and may have to wait for
/// long; so a thread does.
fn addresses(address: &str, patience: &Patience<'_>) -> Result<Vec<SocketAddr>, Problem> {
    if let Ok(address) = address.parse() {
        return Ok(vec![address]);
    }
    let (answered, mut answer) = io::pipe()?;
    let (found, addresses) = mpsc::channel();
    let name = address.to_owned();
    thread::Builder::new().spawn(move || {
        let resolved = name.to_socket_addrs().map(Vec::from_iter);
        let _ = found.send(resolved);
        let _ = answer.write_all(&[0]);
    })?;
    patience.wait(&[Interest::readable(answered.as_fd())])?;
    let found = addresses.recv().map_err(io::Error::other)?;
    found.map_err(|error| Problem::new(Kind::Disconnected, error.to_string()))
}

fn start(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(address) => begin(AddressFamily::Inet, &SockaddrIn::from(address)),
        SocketAddr::V6(address) => begin(AddressFamily::Inet6, &SockaddrIn6::from(address)),
    };
    let stream = TcpStream::from(socket?);
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Begins to connect; the socket becomes writable when it has come to something.
fn begin(family: AddressFamily, address: &dyn SockaddrLike) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(family, SockType::Stream, flags, None)?;
    match connect(socket.as_raw_fd(), address) {
        Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => Ok(socket),
        Err(errno) => Err(errno),
    }
}
