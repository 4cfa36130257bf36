//! A connection that never blocks.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, SockaddrIn, SockaddrIn6, UnixAddr, connect,
    getsockopt, recv, send, socket, sockopt::SocketError,
};

/// A connection that is being made, or is there.
pub(super) struct Stream {
    socket: OwnedFd,
    /// Where it leads, by TCP.
    peer: Option<SocketAddr>,
}

impl Stream {
    /// Begins to connect by TCP.
    pub(super) fn tcp(address: SocketAddr) -> io::Result<Self> {
        let (socket, begun) = match address {
            SocketAddr::V4(address) => {
                let socket = open(AddressFamily::Inet)?;
                let begun = connect(socket.as_raw_fd(), &SockaddrIn::from(address));
                (socket, begun)
            }
            SocketAddr::V6(address) => {
                let socket = open(AddressFamily::Inet6)?;
                let begun = connect(socket.as_raw_fd(), &SockaddrIn6::from(address));
                (socket, begun)
            }
        };
        match begun {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(errno) => return Err(errno.into()),
        }
        let peer = Some(address);
        Ok(Self { socket, peer })
    }

    /// Connects to a unix socket. One whose queue is full says [`WouldBlock`](io::ErrorKind::WouldBlock).
    pub(super) fn unix(path: &Path) -> io::Result<Self> {
        let socket = open(AddressFamily::Unix)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        Ok(Self { socket, peer: None })
    }

    /// Where it leads, by TCP.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Whether a connection that can be written to is one.
    pub(super) fn connected(&self) -> io::Result<()> {
        match getsockopt(&self.socket, SocketError)? {
            0 => {}
            error => return Err(io::Error::from_raw_os_error(error)),
        }
        // A port of the ephemeral range may be given to this very connection, which then talks to itself.
        if self.peer.is_some() && self.own_address()? == self.peer {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        Ok(())
    }

    fn own_address(&self) -> io::Result<Option<SocketAddr>> {
        let stream = TcpStream::from(self.socket.try_clone()?);
        stream.local_addr().map(Some)
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Sends what can be sent at once; returns how much that was.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(
            self.socket.as_raw_fd(),
            bytes,
            MsgFlags::MSG_NOSIGNAL,
        )?)
    }

    /// Reads what has come. Nothing is the end.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.socket.as_raw_fd(), buffer, MsgFlags::empty())?)
    }
}

fn open(family: AddressFamily) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    Ok(socket(family, SockType::Stream, flags, None)?)
}

/// An error in words, without the number that the system gives it.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer".into(),
        _ => error.to_string(),
    }
}

/// What keeps everybody from connecting to an address of this machine: a network without loopback.
pub(super) fn no_way(address: SocketAddr, error: &io::Error) -> Option<String> {
    let nowhere = matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
    );
    (nowhere && address.ip().is_loopback()).then(|| {
        format!("{address} cannot be reached: {error}; the loopback interface is down (`ip link set lo up`)")
    })
}
