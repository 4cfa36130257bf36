//! The bytes between us and a server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use crate::deadline::Deadline;

/// How long the server may take for one answer. A migration may well take minutes.
const ANSWER: Duration = Duration::from_secs(600);

/// How often it is looked whether the server still lives.
const LOOK: Duration = Duration::from_millis(100);

/// Says whether a server is dead. A process of it that waits for another one may hold a connection for a minute then.
pub(crate) type Dead = Arc<dyn Fn() -> bool + Send + Sync>;

/// A stream that is not waited for longer than the server lives.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    dead: Dead,
}

/// A stream of either kind.
trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

impl Wire {
    /// Connects to the path of a socket, or to `host:port`.
    pub(super) fn open(address: &str, dead: &Dead) -> io::Result<Self> {
        let stream: Box<dyn Stream> = if address.starts_with('/') {
            let stream = UnixStream::connect(address)?;
            stream.set_read_timeout(Some(LOOK))?;
            Box::new(stream)
        } else {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(LOOK))?;
            Box::new(stream)
        };
        let dead = Arc::clone(dead);
        Ok(Self { stream, dead })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Fills the buffer, unless the server dies.
    pub(super) fn read(&mut self, mut rest: &mut [u8]) -> io::Result<()> {
        let until = Deadline::after(ANSWER);
        while !rest.is_empty() {
            match self.stream.read(rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => rest = rest.get_mut(read..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if (self.dead)() {
                        return Err(io::Error::other("the server died"));
                    }
                    if until.has_passed() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
