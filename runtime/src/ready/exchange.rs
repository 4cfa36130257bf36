//! Ready when the server answers in its own protocol.

use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::time::Duration;

use regex::bytes::{Regex, RegexBuilder};

use super::tcp::{Tcp, reason};
use super::unix_socket::UnixSocket;
use super::{Check, Readiness};
use crate::deadline::Deadline;

/// How long an answer may take: servers that accept connections before they work may leave a question unanswered.
const ANSWER: Duration = Duration::from_millis(250);

/// How long the rest of an answer may take when its beginning is there.
const REST: Duration = Duration::from_millis(50);

/// Nobody has to read more of an answer.
const LONGEST: usize = 64 << 10;

/// Ready when the server, having been sent some bytes, answers as expected.
pub(crate) struct Exchange {
    address: Address,
    send: String,
    expect: Pattern,
    expected: String,
}

enum Address {
    Tcp(Tcp, String),
    Unix(UnixSocket),
}

/// How the answer starts.
enum Pattern {
    /// Making a regular expression takes a millisecond without optimisation, so those that need none are not made.
    Literal(Vec<u8>),
    Regex(Regex),
}

impl Exchange {
    /// The address is `host:port` or the path of a unix socket.
    pub(crate) fn new(address: &str, send: &str, expect: &str) -> Result<Self, String> {
        let address = match address.starts_with('/') {
            true => Address::Unix(UnixSocket::new(address)),
            false => Address::Tcp(Tcp::new(address), address.into()),
        };
        Ok(Self {
            address,
            send: send.into(),
            expect: Pattern::new(expect)?,
            expected: expect.into(),
        })
    }

    fn exchange(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.address {
            Address::Tcp(tcp, _) => {
                let mut stream = tcp.connect()?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.write_all(self.send.as_bytes())?;
                let rest = || stream.set_read_timeout(Some(REST));
                read(&mut &stream, &self.expect, &rest)
            }
            Address::Unix(socket) => {
                let mut stream = socket.connect()?;
                stream.set_read_timeout(Some(ANSWER))?;
                stream.write_all(self.send.as_bytes())?;
                let rest = || stream.set_read_timeout(Some(REST));
                read(&mut &stream, &self.expect, &rest)
            }
        }
    }
}

impl Pattern {
    fn new(pattern: &str) -> Result<Self, String> {
        if let Some(literal) = literal(pattern) {
            return Ok(Self::Literal(literal));
        }
        let regex = RegexBuilder::new(&format!("^(?:{pattern})"))
            .unicode(false)
            .build();
        let wrong = |error| format!("`{pattern}` is no regular expression: {error}");
        regex.map(Self::Regex).map_err(wrong)
    }

    fn matches(&self, answer: &[u8]) -> bool {
        match self {
            Self::Literal(literal) => answer.starts_with(literal),
            Self::Regex(regex) => regex.is_match(answer),
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

/// Reads until the answer is the expected one, or no more of it comes.
fn read(
    from: &mut dyn Read,
    expect: &Pattern,
    rest: &dyn Fn() -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while answer.len() < LONGEST && !expect.matches(&answer) {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend(buffer.get(..count).unwrap_or_default()),
            Err(_) if !answer.is_empty() => break,
            Err(error) => return Err(error),
        }
        rest()?;
    }
    Ok(answer)
}

impl Readiness for Exchange {
    fn check(&mut self, _: Deadline) -> Check {
        let found = match self.exchange() {
            Ok(answer) if self.expect.matches(&answer) => return Check::Ready,
            Ok(answer) => {
                let start = answer.get(..200).unwrap_or(&answer);
                let (answer, wanted) = (String::from_utf8_lossy(start), &self.expected);
                format!("answered {answer:?}, wanted {wanted:?}")
            }
            Err(error) => reason(&error),
        };
        let address = match &self.address {
            Address::Tcp(_, address) => address.clone(),
            Address::Unix(socket) => socket.path().display().to_string(),
        };
        Check::NotYet(format!("{address}: {found}"))
    }

    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        match &self.address {
            Address::Tcp(..) => None,
            Address::Unix(socket) => socket.wakes(),
        }
    }
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
