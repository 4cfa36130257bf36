//! A connection to a server, encrypted or not.

use std::io;
use std::os::fd::BorrowedFd;

use super::encryption::Encryption;
use super::problem::Problem;
use crate::connect::Stream;
use crate::launch::Tls;
use crate::process::Interest;

/// A connection that never blocks. It begins unencrypted.
pub(super) struct Channel {
    stream: Stream,
    encryption: Option<Box<Encryption>>,
}

impl Channel {
    pub(super) fn new(stream: Stream) -> Self {
        let encryption = None;
        Self { stream, encryption }
    }

    /// Encrypts everything from now on; the [handshake](Self::handshake) comes first.
    pub(super) fn encrypt(&mut self, tls: &Tls) -> Result<(), Problem> {
        self.encryption = Some(Box::new(Encryption::new(tls)?));
        Ok(())
    }

    /// Continues the handshake. Returns what it waits for, and nothing once it is done.
    pub(super) fn handshake(&mut self) -> Result<Option<Interest<'_>>, Problem> {
        match &mut self.encryption {
            Some(encryption) => encryption.handshake(&self.stream),
            None => Ok(None),
        }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.encryption.is_some()
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.fd()
    }

    /// Takes what can be sent soon; returns how much that was.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encryption {
            Some(encryption) => encryption.send(&self.stream, bytes),
            None => self.stream.send(bytes),
        }
    }

    /// Returns whether something that was taken has not been sent yet.
    pub(super) fn holds_back(&self) -> bool {
        let encryption = self.encryption.as_ref();
        encryption.is_some_and(|encryption| encryption.holds_back())
    }

    /// Reads what has come. Nothing is the end.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.encryption {
            Some(encryption) => encryption.receive(&self.stream, buffer),
            None => self.stream.receive(buffer),
        }
    }

    /// Returns whether something has come that the descriptor no longer tells of.
    pub(super) fn has_received(&self) -> bool {
        let encryption = self.encryption.as_ref();
        encryption.is_some_and(|encryption| encryption.has_received())
    }
}
