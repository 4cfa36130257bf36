//! TLS over a connection that never blocks.

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, ClientConnection, Error};

use super::verification::Verification;
use crate::connect::Stream;
use crate::isolation::problem::{Kind, Problem};
use crate::launch::Tls;
use crate::process::Interest;

/// The client's side of TLS.
pub(in crate::isolation) struct Encryption {
    connection: ClientConnection,
    /// How much has been decrypted and not been read yet.
    decrypted: usize,
    tls: Tls,
}

impl Encryption {
    pub(in crate::isolation) fn new(tls: &Tls) -> Result<Self, Problem> {
        let failed = |error: Error| Problem::new(Kind::Disconnected, format!("TLS: {error}"));
        let provider = Arc::new(ring::default_provider());
        let verification = Verification::new(tls, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verification))
            .with_no_client_auth();
        let name = ServerName::try_from(tls.host.clone()).map_err(|_| {
            let text = format!("no certificate can be for a host named `{}`", tls.host);
            Problem::new(Kind::Disconnected, text)
        })?;
        let connection = ClientConnection::new(Arc::new(config), name);
        Ok(Self {
            connection: connection.map_err(failed)?,
            decrypted: 0,
            tls: tls.clone(),
        })
    }

    /// Continues the handshake. Returns what it waits for, and nothing once it is done.
    pub(in crate::isolation) fn handshake<'a>(
        &mut self,
        stream: &'a Stream,
    ) -> Result<Option<Interest<'a>>, Problem> {
        loop {
            if blocks(self.flush(stream))?.is_none() {
                return Ok(Some(Interest::writable(stream.fd())));
            }
            if !self.connection.is_handshaking() {
                return Ok(None);
            }
            match blocks(self.pull(stream)) {
                Ok(None) => return Ok(Some(Interest::readable(stream.fd()))),
                Ok(Some(0)) => return Err(Problem::closed()),
                Ok(Some(_)) => {}
                Err(error) => {
                    // The server is told why, if it listens.
                    let _ = self.flush(stream);
                    return Err(error.into());
                }
            }
        }
    }

    /// Takes what can be sent soon; returns how much that was.
    pub(in crate::isolation) fn send(
        &mut self,
        stream: &Stream,
        bytes: &[u8],
    ) -> io::Result<usize> {
        self.flush(stream)?;
        let taken = self.connection.writer().write(bytes)?;
        // What is not sent now is held back.
        blocks(self.flush(stream))?;
        Ok(taken)
    }

    /// Returns whether something that was taken has not been sent yet.
    pub(in crate::isolation) fn holds_back(&self) -> bool {
        self.connection.wants_write()
    }

    /// Reads what has come. Nothing is the end.
    pub(in crate::isolation) fn receive(
        &mut self,
        stream: &Stream,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        while self.decrypted == 0 {
            if self.pull(stream)? == 0 {
                return Ok(0);
            }
        }
        let read = self.connection.reader().read(buffer)?;
        self.decrypted = self.decrypted.saturating_sub(read);
        Ok(read)
    }

    /// Returns whether something has come that the descriptor no longer tells of.
    pub(in crate::isolation) fn has_received(&self) -> bool {
        self.decrypted > 0
    }

    fn flush(&mut self, stream: &Stream) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut Raw(stream))?;
        }
        Ok(())
    }

    /// Receives and decrypts. Returns how much was received.
    fn pull(&mut self, stream: &Stream) -> io::Result<usize> {
        let received = self.connection.read_tls(&mut Raw(stream))?;
        let processed = self.connection.process_new_packets();
        let state = processed.map_err(|error| io::Error::other(self.explained(&error)))?;
        self.decrypted = state.plaintext_bytes_to_read();
        Ok(received)
    }

    /// Why TLS has failed.
    fn explained(&self, error: &Error) -> String {
        let Tls { host, roots, .. } = &self.tls;
        match (error, roots) {
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), Some(roots)) => format!(
                "the server's certificate is not signed by one in `{roots}` (`sslrootcert`)"
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                    presented,
                    ..
                }),
                _,
            ) => {
                let names = match presented.as_slice() {
                    [] => "no host".into(),
                    names => names
                        .iter()
                        .map(|name| bare(name))
                        .collect::<Vec<_>>()
                        .join(", "),
                };
                format!("the server's certificate is for {names}, not for `{host}`")
            }
            _ => format!("TLS: {error}"),
        }
    }
}

/// The name in a description like `DnsName("localhost")`.
fn bare(described: &str) -> &str {
    let name = described.split(['(', ')']).nth(1);
    name.unwrap_or(described).trim_matches('"')
}

/// `None` if it would have to wait.
fn blocks<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is encrypted.
struct Raw<'a>(&'a Stream);

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
