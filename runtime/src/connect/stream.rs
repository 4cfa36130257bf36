//! A connection that never blocks: the one place where we connect to a server.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, Shutdown, SockFlag, SockType, SockaddrIn, SockaddrIn6, SockaddrLike,
    UnixAddr, connect, getsockopt, recv, send, setsockopt, shutdown, socket, sockopt::SocketError,
    sockopt::TcpNoDelay,
};

use crate::directory;

/// A connection that is being made, or is there.
pub(crate) struct Stream {
    socket: OwnedFd,
    /// Where it leads, by TCP.
    peer: Option<SocketAddr>,
}

impl Stream {
    /// Begins to connect by TCP.
    pub(crate) fn tcp(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(address) => begin(AddressFamily::Inet, &SockaddrIn::from(address)),
            SocketAddr::V6(address) => begin(AddressFamily::Inet6, &SockaddrIn6::from(address)),
        }?;
        // Questions are short, and their answers are waited for.
        setsockopt(&socket, TcpNoDelay, &true)?;
        let peer = Some(address);
        Ok(Self { socket, peer })
    }

    /// A connection that has been accepted.
    pub(crate) fn accepted(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let peer = Some(stream.peer_addr()?);
        let socket = stream.into();
        Ok(Self { socket, peer })
    }

    /// Connects to a unix socket. One whose queue is full says [`WouldBlock`](io::ErrorKind::WouldBlock), and nothing tells when it no
    /// longer is.
    pub(crate) fn unix(path: &Path) -> io::Result<Self> {
        // By a link of others it would lead this process, which may be root's, to some other server.
        let entry = directory::socket(path)?;
        let socket = begin(AddressFamily::Unix, &UnixAddr::new(&entry.path())?)?;
        Ok(Self { socket, peer: None })
    }

    /// Where it leads, by TCP.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Checks that a connection that has become writable is established.
    pub(crate) fn connected(&self) -> io::Result<()> {
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

    /// Where it comes from, by TCP.
    pub(crate) fn own_address(&self) -> io::Result<Option<SocketAddr>> {
        let stream = TcpStream::from(self.socket.try_clone()?);
        stream.local_addr().map(Some)
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Sends what can be sent at once; returns how much that was.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(
            self.socket.as_raw_fd(),
            bytes,
            MsgFlags::MSG_NOSIGNAL,
        )?)
    }

    /// Sends nothing more; the other side reads the end after what has been sent.
    pub(crate) fn close_sending(&self) -> io::Result<()> {
        Ok(shutdown(self.socket.as_raw_fd(), Shutdown::Write)?)
    }

    /// Reads what has come. Nothing is the end.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.socket.as_raw_fd(), buffer, MsgFlags::empty())?)
    }
}

/// Begins to connect; a TCP socket becomes writable when something has come of it.
fn begin(family: AddressFamily, address: &dyn SockaddrLike) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(family, SockType::Stream, flags, None)?;
    match connect(socket.as_raw_fd(), address) {
        Ok(()) | Err(Errno::EINPROGRESS | Errno::EINTR) => Ok(socket),
        Err(errno) => Err(errno.into()),
    }
}
