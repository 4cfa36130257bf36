//! Ready when a TCP connection is accepted.

use std::net::SocketAddr;
use std::time::Duration;

use super::conversation::{Conversation, Found};
use super::talk::{Judge, Verdict};
use super::{Check, Probe};
use crate::connect::Address;
use crate::deadline::Deadline;
use crate::process::{Holder, Interest, holder};

/// How long it may take to find out that nobody accepts a connection yet.
const BEFORE: Duration = Duration::from_millis(500);

/// That there is a connection is enough.
const CONNECTED: Judge<'_> = &|_, _| Verdict::Ready;

/// Ready when one of the addresses of `host:port` accepts a connection.
pub(crate) struct Tcp {
    address: String,
    conversation: Conversation,
}

impl Tcp {
    pub(crate) fn new(address: impl Into<String>) -> Self {
        let address = address.into();
        Self {
            conversation: Conversation::connection(&address),
            address,
        }
    }
}

impl Probe for Tcp {
    fn problem(&self) -> Option<String> {
        Address::problem(&self.address)
    }

    fn check(&mut self, _: Deadline) -> Check {
        match self.conversation.look(&[], CONNECTED) {
            Found::Ready => Check::Ready,
            Found::Waits(why) | Found::Not(why) => {
                Check::NotYet(format!("{}: {why}", self.address))
            }
        }
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        self.conversation.wakes()
    }

    fn again(&self) -> Option<Duration> {
        self.conversation.again()
    }

    fn hopeless(&self) -> Option<String> {
        let why = self.conversation.hopeless()?;
        Some(format!("{}: {why}", self.address))
    }

    fn address(&self) -> Option<&str> {
        Some(&self.address)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.conversation.addresses()
    }

    fn holds_before(&mut self, until: Deadline) -> Option<(String, Option<Holder>)> {
        accepts_before(&self.address, until)
    }
}

/// Whether somebody accepts connections on an address, and who.
pub(super) fn accepts_before(address: &str, until: Deadline) -> Option<(String, Option<Holder>)> {
    let mut conversation = Conversation::connection(address);
    if conversation.finish(&[], CONNECTED, until.within(BEFORE)) != Found::Ready {
        return None;
    }
    let found = conversation.peer().and_then(holder);
    Some((format!("{address} accepted a connection"), found))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listener_is_ready_and_none_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        assert_eq!(Tcp::new(&address).check(Deadline::NONE), Check::Ready);
        let before = Tcp::new(&address).holds_before(Deadline::NONE).unwrap();
        assert_eq!(before.1, Some(Holder::Process(std::process::id())));
        drop(listener);
        assert_eq!(
            Tcp::new(&address).check(Deadline::NONE),
            Check::NotYet(format!("{address}: connection refused"))
        );
        assert_eq!(Tcp::new(&address).holds_before(Deadline::NONE), None);
    }

    #[test]
    fn a_name_is_resolved_meanwhile() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("localhost:{port}");
        let mut conversation = Conversation::connection(&address);
        let until = Deadline::after(Duration::from_secs(20));
        assert_eq!(conversation.finish(&[], CONNECTED, until), Found::Ready);
        assert_eq!(conversation.peer(), listener.local_addr().ok());
    }
}
