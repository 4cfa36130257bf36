//! Ready when a TCP connection is accepted.

use std::time::Duration;

use super::client::{Client, Outcome};
use super::round_trip::CONNECTED;
use super::{Check, Probe};
use crate::connect::Address;
use crate::deadline::Deadline;
use crate::process::{Holder, holder};

/// How long one attempt may take to find out that there is no listener yet.
const BEFORE: Duration = Duration::from_millis(500);

/// Ready when one of the addresses of `host:port` accepts a connection.
pub(crate) struct Tcp {
    address: String,
    client: Client,
}

impl Tcp {
    pub(crate) fn new(address: impl Into<String>) -> Self {
        let address = address.into();
        Self {
            client: Client::connection(&address),
            address,
        }
    }
}

impl Probe for Tcp {
    fn problem(&self) -> Option<String> {
        Address::problem(&self.address)
    }

    fn check(&mut self, _: Deadline) -> Check {
        self.client.check(&[], CONNECTED)
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    fn holds_before(&mut self, until: Deadline) -> Option<(String, Option<Holder>)> {
        accepts_before(&self.address, until)
    }
}

/// The listener on an address, if there is one, and its owner.
pub(super) fn accepts_before(address: &str, until: Deadline) -> Option<(String, Option<Holder>)> {
    let mut client = Client::connection(address);
    if client.finish(&[], CONNECTED, until.within(BEFORE)) != Outcome::Ready {
        return None;
    }
    let found = client.peer().and_then(holder);
    Some((format!("{address} accepted a connection"), found))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::process::eventually;

    #[test]
    fn a_listener_is_ready_and_none_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(Tcp::new(&address).check(Deadline::NONE), Check::Ready);
        let before = Tcp::new(&address).holds_before(Deadline::NONE).unwrap();
        assert_eq!(before.1, Some(Holder::Process(std::process::id())));
        drop(listener);
        let refused = Check::NotYet(format!("{address}: connection refused"));
        eventually(|| Tcp::new(&address).check(Deadline::NONE) == refused);
        assert_eq!(Tcp::new(&address).holds_before(Deadline::NONE), None);
    }

    #[test]
    fn a_name_is_resolved_meanwhile() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("localhost:{port}");
        let mut client = Client::connection(&address);
        let until = Deadline::after(Duration::from_secs(20));
        assert_eq!(client.finish(&[], CONNECTED, until), Outcome::Ready);
        assert_eq!(client.peer(), listener.local_addr().ok());
    }
}
