//! Redis, keeping nothing on disk.

use super::resp::{Resp, resp};

/// A [Redis](https://redis.io) server, and a [sentinel](https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/)
/// if asked for.
///
/// Each test has a server of its own, which starts in some 10 ms, and in twice that with a sentinel. A numbered database in a shared one
/// would be no isolation: `FLUSHALL`, the configuration, scripts and channels concern all of them.
///
/// The sentinel watches one server without replicas, so clients can find the server through it, but there is nothing to fail over to.
#[derive(Clone, Debug, Default)]
pub struct Redis(Resp);

impl Redis {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.0.port = Some(port);
        self
    }

    /// Requires `password` of clients, those of the sentinel too. Default: none.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.0.password = password.into();
        self
    }

    /// Whether a sentinel watches the server, as `mymaster` and as `pifpaf`. Default: no.
    pub fn sentinel(mut self, sentinel: bool) -> Self {
        self.0.sentinel = sentinel;
        self
    }

    /// Has the sentinel, if there is one, listen on this port rather than on a leased one.
    pub fn sentinel_port(mut self, port: u16) -> Self {
        self.0.sentinel_port = Some(port);
        self
    }
}

resp!(Redis, "redis");
