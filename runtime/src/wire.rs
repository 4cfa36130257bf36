//! The wire between a test and its daemon, which the test can cut.

use std::collections::BTreeMap;
use std::fmt;

use crate::daemons::Period;
use crate::error::{Cause, Result};
use crate::hold::WireOrder;
use crate::instance::{Given, Instance};

mod rate;

pub use rate::Rate;

/// The wire between a test and its daemon. A test cuts, slows and restores it to see how a client behaves.
///
/// It is there with `wire = true` in an attribute, with [`Acquire::wired`](crate::Acquire::wired), or with
/// [`wired`](crate::executor::ExecutorOf::wired) of an executor. It belongs to one test: others that use the same server do not notice.
///
/// ```no_run
/// use fixtured::{Instance, daemons::Postgres, fixture};
///
/// #[fixture(postgres, wire = true)]
/// #[test]
/// fn a_client_survives_an_outage(postgres: &Instance<Postgres>) -> fixtured::Result<()> {
///     // Connect to `postgres.url()`.
///     let wire = postgres.wire();
///     wire.cut()?;
///     // Nothing arrives, and connecting times out.
///     wire.restore()?;
///     // All is well again.
///     Ok(())
/// }
/// ```
///
/// # What goes through it
///
/// Every TCP port of the daemon has a port of the wire on the same loopback address. [`url`](Instance::url), [`port`](Instance::port),
/// [`port_named`](Instance::port_named), values and [`variables`](Instance::variables) name the ports of the wire, also those that name a Unix
/// socket otherwise, such as `socket_url` of PostgreSQL. [`direct_url`](Self::direct_url) leads past it, as does the path of a Unix socket.
///
/// These go round the wire:
///
/// - UDP.
/// - Files that the daemon or its definition has written, such as the option file of MySQL.
/// - Addresses that a server tells its clients: the nodes of a Redis Cluster, what Sentinel answers, the members of etcd, the replica set of
///   MongoDB, the advertised listeners of Kafka. Have such a client use only the addresses that it was given.
///
/// The wire transports bytes and does not look at them, so TLS works, with the server's certificate.
///
/// # Guarantees
///
/// When a method returns, it has taken effect. [`delay`](Self::delay), [`limit`](Self::limit), [`cut`](Self::cut) and
/// [`refuse`](Self::refuse) compose, and last until [`restore`](Self::restore). Bytes arrive in order, and none is lost unless its connection is
/// reset. The end of one direction and a reset are passed on. A sender that is faster than the other side is slowed: in each direction of a
/// connection at most 256 KiB wait in the wire, with a delay 4 MiB, and some more in the system's socket buffers.
///
/// The wire stays while the daemon is stopped and started again. Connections that come meanwhile are accepted and then reset. When the instance is
/// released, its connections are closed.
///
/// Each method takes some microseconds, so there are no asynchronous forms.
#[derive(Clone, Copy)]
pub struct Wire<'a>(&'a Given);

/// The wire of a test.
impl<D> Instance<D> {
    /// The wire between this test and the daemon.
    ///
    /// # Panics
    ///
    /// If there is none: write `wire = true` in the attribute, or use [`Acquire::wired`](crate::Acquire::wired).
    pub fn wire(&self) -> Wire<'_> {
        self.must("wire; write `wire = true`", Wire::of(self.given()))
    }
}

impl<'a> Wire<'a> {
    /// That of an instance, if it has one.
    pub(crate) fn of(given: &'a Given) -> Option<Self> {
        given.facts().direct.as_ref()?;
        Some(Self(given))
    }

    /// Cuts the wire: packets vanish, as when a cable is unplugged or a firewall drops them.
    ///
    /// Open connections stay, and nothing arrives on them in either direction, not even the end of a connection. Connecting hangs until the
    /// client gives up, or until the wire is restored. What clients send waits, as far as there is room for it, and then sending blocks too.
    ///
    /// Unlike behind a real cable, the system still acknowledges what is sent, so TCP keepalive and `TCP_USER_TIMEOUT` do not notice the
    /// outage; only timeouts of the client itself do. Connections that are made at the very moment of the cut may be established and then hear
    /// nothing.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn cut(self) -> Result<()> {
        self.0.wire(WireOrder::Cut)
    }

    /// Undoes [`cut`](Self::cut), [`refuse`](Self::refuse), [`delay`](Self::delay) and [`limit`](Self::limit): everything flows again.
    ///
    /// Bytes that waited are delivered in order; none is lost. A client that hung while connecting gets its connection when the system tries
    /// again, 1, 3, 7 … seconds after its first try.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn restore(self) -> Result<()> {
        self.0.wire(WireOrder::Restore)
    }

    /// Delays every byte in each direction by this time: a [`Duration`](std::time::Duration) or a string such as `"200ms"`. A round trip takes
    /// twice as long.
    ///
    /// The delay of bytes that are under way changes too. Connecting itself is not delayed, since the system accepts connections. Bandwidth is
    /// unaffected as long as no more than 4 MiB wait in one direction of a connection: up to 20 MiB/s at 200 ms. `"0ms"` ends the delay.
    ///
    /// # Errors
    ///
    /// If the duration is invalid, or the supervisor is gone.
    pub fn delay(self, delay: impl Period) -> Result<()> {
        let delay = self.valid("delay", delay.duration())?;
        self.0.wire(WireOrder::Delay(delay))
    }

    /// Limits how many bytes pass per second: a number, or a string such as `"64KB/s"` or `"1MiB/s"`; see [`Rate`].
    ///
    /// The limit holds in each direction for all connections of this test together.
    ///
    /// # Errors
    ///
    /// If the rate is invalid or 0, or the supervisor is gone.
    pub fn limit(self, rate: impl Rate) -> Result<()> {
        let rate = self.valid("limit", rate.bytes_per_second())?;
        self.0.wire(WireOrder::Limit(rate))
    }

    /// Resets all open connections, once: client and server get `connection reset by peer`. What was under way is lost. New connections work.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn reset(self) -> Result<()> {
        self.0.wire(WireOrder::Reset)
    }

    /// Refuses new connections, as if no server were running. Open connections stay; [`reset`](Self::reset) ends them.
    ///
    /// While the wire is also cut, connecting hangs instead.
    ///
    /// # Errors
    ///
    /// If the supervisor is gone.
    pub fn refuse(self) -> Result<()> {
        self.0.wire(WireOrder::Refuse)
    }

    /// The URL of the daemon past the wire, to look at it while the wire is cut; empty if it has none.
    pub fn direct_url(self) -> &'a str {
        self.0.facts().own_url()
    }

    /// The daemon's own ports, by name; the unnamed one is `""`.
    pub fn direct_ports(self) -> &'a BTreeMap<String, u16> {
        self.0.facts().own_ports()
    }

    fn valid<T>(self, doing: &str, value: Result<T, String>) -> Result<T> {
        let name = &self.0.facts().name;
        let invalid = |problem| Cause::io(format!("{doing} the wire of `{name}`"), problem);
        Ok(value.map_err(invalid)?)
    }
}

impl fmt::Debug for Wire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("daemon", &self.0.facts().name)
            .finish_non_exhaustive()
    }
}
