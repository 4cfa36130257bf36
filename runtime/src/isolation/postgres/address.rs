//! Where a server is, and who logs in there.

use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire};
use crate::launch::{Tls, TlsMode};

/// Asks the server for TLS: the length of the message, and what stands in the place of a version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The address of a server, and the user and password for it.
#[derive(Clone)]
pub(super) struct Address {
    /// The path of its socket, or `host:port`.
    pub(super) socket: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) tls: Option<Tls>,
    pub(super) processes: Processes,
}

impl Address {
    /// Whether to ask for TLS, and whether to do so after that has been refused.
    pub(super) fn attempts(&self) -> (bool, Option<bool>) {
        match self.tls.as_ref().map(|tls| tls.mode) {
            None | Some(TlsMode::Disable) => (false, None),
            Some(TlsMode::Allow) => (false, Some(true)),
            Some(TlsMode::Prefer) => (true, Some(false)),
            Some(TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull) => (true, None),
        }
    }

    /// Opens a connection, and asks for TLS if wanted.
    pub(super) fn open(&self, encrypted: bool, patience: &Patience<'_>) -> Result<Wire, Problem> {
        let mut wire = Wire::open(&self.socket, &self.processes, patience)?;
        let Some(tls) = self.tls.as_ref().filter(|_| encrypted) else {
            return Ok(wire);
        };
        wire.write(&SSL_REQUEST, patience)?;
        let mut answer = [0];
        wire.read(&mut answer, patience)?;
        match (&answer, tls.mode) {
            (b"S", _) => wire.encrypt(tls, patience)?,
            (b"N", TlsMode::Prefer) => {}
            (b"N", _) => {
                let text = "the server does not speak TLS, which the URL demands (`sslmode`)";
                return Err(Problem::new(Kind::Disconnected, text));
            }
            _ => return Err(foreign()),
        }
        Ok(wire)
    }
}

/// What answers is something else.
pub(super) fn foreign() -> Problem {
    let text = "what answers there does not speak the protocol of PostgreSQL";
    Problem::new(Kind::Disconnected, text)
}
