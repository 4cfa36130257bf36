//! Ready when the server answers in its own protocol.

use std::path::Path;
use std::time::Duration;

use regex::bytes::Regex;

use super::client::{Client, Outcome};
use super::pattern::pattern as regex;
use super::round_trip::{Limits, Verdict, start_of};
use super::{Check, Probe, tcp, unix_socket};
use crate::connect::Address;
use crate::deadline::Deadline;
use crate::error::Invalid;
use crate::instance::Stream;
use crate::process::Holder;

/// How long an answer is waited for.
const LIMITS: Limits = Limits {
    first: Duration::from_millis(250),
    longest: Duration::from_secs(5),
    rest: Some(Duration::from_millis(50)),
    size: 64 << 10,
};

/// Ready when the server, having been sent some bytes, answers as expected.
pub(crate) struct Exchange {
    address: String,
    client: Client,
    send: String,
    expect: Option<Pattern>,
    expected: String,
}

/// How the answer starts.
enum Pattern {
    /// Making a regular expression takes a millisecond without optimisation, so those that need none are not made.
    Literal(Vec<u8>),
    Regex(Regex),
}

impl Exchange {
    /// The address is `host:port` or the path of a Unix socket.
    pub(crate) fn new(address: &str, send: String, expected: String) -> Self {
        Self {
            address: address.into(),
            client: Client::new(address, LIMITS),
            send,
            expect: None,
            expected,
        }
    }
}

impl Probe for Exchange {
    fn problem(&self) -> Option<String> {
        let address = match self.client.address() {
            Some(address) => Address::problem(address),
            None => unix_socket::problem(self.address.as_ref(), self.address.len()),
        };
        address.or_else(|| Pattern::new(&self.expected).err())
    }

    fn begin(&mut self, _: &[Stream]) -> Result<(), String> {
        self.expect = Some(Pattern::new(&self.expected)?);
        Ok(())
    }

    fn check(&mut self, _: Deadline) -> Check {
        let (expect, expected) = (&self.expect, &self.expected);
        let judge = |answer: &[u8], over: bool| match expect {
            Some(expect) if expect.matches(answer) => Verdict::Ready,
            Some(expect) if !over && expect.may_match(answer) => Verdict::More,
            _ => Verdict::Wrong(format!(
                "answered {:?}, wanted {expected:?}",
                start_of(answer)
            )),
        };
        match self.client.look(self.send.as_bytes(), &judge) {
            Outcome::Ready => Check::Ready,
            Outcome::Pending(why) => {
                Check::NotYet(format!("{}: {why}, wanted {expected:?}", self.address))
            }
            Outcome::Failed(why) => Check::NotYet(format!("{}: {why}", self.address)),
        }
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    fn by_others(&self) -> bool {
        self.client.address().is_none()
    }

    fn holds_before(&mut self, until: Deadline) -> Option<(String, Option<Holder>)> {
        match self.client.address() {
            Some(address) => tcp::accepts_before(address, until),
            None => unix_socket::accepts_before(self.address.as_ref()),
        }
    }

    fn leaves(&self) -> Option<&Path> {
        let unix = self.client.address().is_none();
        unix.then(|| Path::new(&self.address))
    }
}

impl Pattern {
    fn new(pattern: &str) -> Result<Self, String> {
        if let Some(literal) = literal(pattern) {
            return Ok(Self::Literal(literal));
        }
        let regex = regex(&format!("^(?:{pattern})"), false);
        regex.map(Self::Regex).map_err(|error| {
            let error = &error;
            Invalid::Regex { pattern, error }.into()
        })
    }

    fn matches(&self, answer: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => answer.starts_with(literal),
            Self::Regex(regex) => regex.is_match(answer),
        }
    }

    /// Returns whether an answer that starts like this can still become one that matches.
    fn may_match(&self, answer: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => literal.starts_with(answer),
            Self::Regex(_) => true,
        }
    }
}

/// The only text that a pattern matches, if it is one without operators.
fn literal(pattern: &str) -> Option<Vec<u8>> {
    let mut bytes = pattern.bytes();
    let mut literal = Vec::new();
    while let Some(byte) = bytes.next() {
        literal.push(match byte {
            b'\\' => bytes.next().filter(u8::is_ascii_punctuation)?,
            byte if b"^$.|?*+()[]{}".contains(&byte) => return None,
            byte => byte,
        });
    }
    Some(literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_matches_from_its_start() {
        for (pattern, answer, wanted) in [
            (r"\+PONG", &b"+PONG\r\n"[..], true),
            (r"\+PONG", b"x+PONG", false),
            ("VERSION ", b"VERSION 1", true),
            (r"[\x00-\xff]{4}\x0a", b"J\0\0\0\n10.1", true),
            (r"(?s)[\x00-\xff]{4}\x0a", b"J\0\0\0\x09", false),
            (r"a|b", b"b", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).unwrap().matches(answer),
                wanted,
                "{pattern}"
            );
        }
        assert!(matches!(Pattern::new(r"\+PONG"), Ok(Pattern::Literal(text)) if text == b"+PONG"));
        assert!(Pattern::new("(").is_err());
    }
}
