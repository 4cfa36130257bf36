//! There is no encryption without the feature `tls`.

use std::io;

use crate::connect::Stream;
use crate::isolation::problem::{Kind, Problem};
use crate::launch::Tls;
use crate::process::Interest;

/// There is none.
pub(in crate::isolation) enum Encryption {}

impl Encryption {
    pub(in crate::isolation) fn new(_: &Tls) -> Result<Self, Problem> {
        let text = "TLS needs the feature `tls` of `fixtured`";
        Err(Problem::new(Kind::Disconnected, text))
    }

    pub(in crate::isolation) fn handshake<'a>(
        &mut self,
        _: &'a Stream,
    ) -> Result<Option<Interest<'a>>, Problem> {
        match *self {}
    }

    pub(in crate::isolation) fn send(&mut self, _: &Stream, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(in crate::isolation) fn holds_back(&self) -> bool {
        match *self {}
    }

    pub(in crate::isolation) fn receive(&mut self, _: &Stream, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    pub(in crate::isolation) fn has_received(&self) -> bool {
        match *self {}
    }
}
