//! `host:port`, and what it stands for.

use std::io::{self, PipeReader, Write};
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Invalid, InvalidAddress};
use crate::process::Interest;

/// How long an answer of the resolver is good when no connection comes of it.
const FRESH: Duration = Duration::from_secs(1);

/// `host:port`. The resolver may take as long as it likes, so it is asked by a thread of its own; an address in numbers needs none.
pub(crate) struct Address {
    text: String,
    known: Vec<SocketAddr>,
    /// When the resolver was asked last.
    asked: Option<Instant>,
    asking: Option<Lookup>,
    /// Why the name stands for nothing.
    failed: Option<String>,
}

/// The resolver at work.
struct Lookup {
    answer: Receiver<io::Result<Vec<SocketAddr>>>,
    /// Closed at the other end when there is an answer.
    done: PipeReader,
}

impl Address {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            known: text.parse().ok().into_iter().collect(),
            text,
            asked: None,
            asking: None,
            failed: None,
        }
    }

    /// What is wrong with what should be `host:port`. Whether the name stands for anything is another question.
    pub(crate) fn problem(text: &str) -> Option<String> {
        let wrong = |why| Some(Invalid::Address(text, why).into());
        let Some((host, port)) = text.rsplit_once(':') else {
            return wrong(InvalidAddress::NoPort);
        };
        match port.parse::<u16>() {
            Ok(0) => return wrong(InvalidAddress::PortZero),
            Ok(_) => {}
            Err(_) => return wrong(InvalidAddress::Port(port)),
        }
        let bare = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let bare = bare.unwrap_or(host);
        let without_zone = bare.split_once('%').map_or(bare, |(address, _)| address);
        if without_zone.parse::<Ipv6Addr>().is_ok() {
            return None;
        }
        let of_name =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) || byte > 127;
        match host.is_empty() {
            true => wrong(InvalidAddress::NoHost),
            false if !host.bytes().all(of_name) => wrong(InvalidAddress::Host(host)),
            false => None,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Those that are known by now.
    pub(crate) fn known(&self) -> &[SocketAddr] {
        &self.known
    }

    /// Why it stands for nothing, if it does.
    pub(crate) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Asks, unless the answer is still good. Returns whether there is one by now.
    pub(crate) fn look(&mut self) -> io::Result<bool> {
        let in_numbers = self.asked.is_none() && !self.known.is_empty();
        let fresh = self.asked.is_some_and(|asked| asked.elapsed() < FRESH);
        if self.asking.is_none() && !in_numbers && !fresh {
            self.asking = Some(Lookup::start(self.text.clone())?);
            self.asked = Some(Instant::now());
        }
        let answer = self.asking.as_ref().map(|asking| asking.answer.try_recv());
        match answer {
            None => {}
            Some(Ok(answer)) => {
                self.asking = None;
                match answer {
                    Ok(known) if known.is_empty() => self.failed = Some("no address".into()),
                    Ok(known) => (self.known, self.failed) = (known, None),
                    Err(error) => self.failed = Some(error.to_string()),
                }
            }
            // What is known is good enough to be tried meanwhile.
            Some(Err(_)) => return Ok(!self.known.is_empty()),
        }
        Ok(true)
    }

    /// What moves when there is an answer.
    pub(crate) fn wakes(&self) -> Option<Interest<'_>> {
        let asking = self.asking.as_ref()?;
        Some(Interest::readable(asking.done.as_fd()))
    }
}

impl Lookup {
    fn start(text: String) -> io::Result<Self> {
        let (done, mut theirs) = io::pipe()?;
        let (sender, answer) = channel();
        thread::Builder::new().spawn(move || {
            let found = text.to_socket_addrs().map(Iterator::collect);
            // Whoever asked may be gone.
            let _ = sender.send(found);
            let _ = theirs.write(&[0]);
        })?;
        Ok(Self { answer, done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "127.0.0.1:80",
            "localhost:1",
            "[::1]:80",
            "::1:80",
            "[fe80::1%2]:80",
            "my_host.example:65535",
        ] {
            assert_eq!(Address::problem(text), None, "{text}");
        }
        for (text, wanted) in [
            ("", "expected `HOST:PORT`"),
            ("127.0.0.1", "expected `HOST:PORT`"),
            (
                "127.0.0.1:0",
                "port 0 cannot be connected to; use `{port}` for a free port",
            ),
            (
                "127.0.0.1:http",
                "`http` is not a port number from 1 to 65535",
            ),
            (
                "127.0.0.1:65536",
                "`65536` is not a port number from 1 to 65535",
            ),
            ("127.0.0.1:", "`` is not a port number from 1 to 65535"),
            (":80", "it has no host"),
            ("a b:80", "`a b` is not a host name"),
            ("http://x:80", "`http://x` is not a host name"),
            ("[::g]:80", "`[::g]` is not a host name"),
        ] {
            let wanted = format!("invalid address `{text}`: {wanted}");
            assert_eq!(Address::problem(text), Some(wanted));
        }
    }
}
