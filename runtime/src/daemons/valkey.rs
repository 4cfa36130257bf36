//! Valkey, keeping nothing on disk.

use super::resp::{Resp, resp};

/// A [Valkey](https://valkey.io) server, and a [sentinel](https://valkey.io/topics/sentinel/) if asked for. All that is said of
/// [`Redis`](super::Redis) holds.
///
/// Its URL begins with `valkey://`. For clients that know `redis://` only, there is [`redis_url`](crate::Instance::<Valkey>::redis_url).
#[derive(Clone, Debug, Default)]
pub struct Valkey(Resp);

impl Valkey {
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

resp!(Valkey, "valkey");
