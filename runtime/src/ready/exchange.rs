//! Ready when the server answers in its own protocol.

use std::io::{Read, Write};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::tcp::{Tcp, reason};
use super::unix_socket::UnixSocket;
use super::{Check, Readiness};

/// How long an answer may take: servers that accept connections before they work may leave a question unanswered.
const ANSWER: Duration = Duration::from_millis(250);

/// Ready when the server, having been sent some bytes, answers with bytes that start as expected.
pub(crate) struct Exchange {
    address: Address,
    send: String,
    expect: String,
}

enum Address {
    Tcp(Tcp, String),
    Unix(UnixSocket),
}

impl Exchange {
    /// The address is `host:port` or the path of a unix socket.
    pub(crate) fn new(address: &str, send: &str, expect: &str) -> Self {
        let address = match address.starts_with('/') {
            true => Address::Unix(UnixSocket::new(address)),
            false => Address::Tcp(Tcp::new(address), address.into()),
        };
        Self {
            address,
            send: send.into(),
            expect: expect.into(),
        }
    }

    fn exchange(&mut self) -> std::io::Result<Vec<u8>> {
        match &mut self.address {
            Address::Tcp(tcp, _) => {
                let mut stream = tcp.connect()?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.write_all(self.send.as_bytes())?;
                read(&mut stream, self.expect.len())
            }
            Address::Unix(socket) => {
                let mut stream = socket.connect()?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.write_all(self.send.as_bytes())?;
                read(&mut stream, self.expect.len())
            }
        }
    }
}

/// Reads as many bytes, or up to the end.
fn read(from: &mut dyn Read, count: usize) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    from.take(count as u64).read_to_end(&mut answer)?;
    Ok(answer)
}

impl Readiness for Exchange {
    fn check(&mut self) -> Check {
        let found = match self.exchange() {
            Ok(answer) if answer == self.expect.as_bytes() => return Check::Ready,
            Ok(answer) => format!(
                "answered {:?}, wanted {:?}",
                String::from_utf8_lossy(&answer),
                self.expect
            ),
            Err(error) => reason(&error),
        };
        let address = match &self.address {
            Address::Tcp(_, address) => address.clone(),
            Address::Unix(socket) => socket.path().display().to_string(),
        };
        Check::NotYet(format!("{address}: {found}"))
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        match &self.address {
            Address::Tcp(..) => None,
            Address::Unix(socket) => socket.wakes(),
        }
    }
}
