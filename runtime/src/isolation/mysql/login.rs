//! Authentication (<https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html>).

use hmac_sha256::Hash;
use sha1_smol::Sha1;

use super::packet::take;
use super::rsa;
use crate::isolation::problem::{Kind, Problem};

/// What a server says first.
#[derive(Debug, PartialEq)]
pub(super) struct Greeting {
    /// The number by which it knows the connection.
    pub(super) number: u32,
    /// The way of proving who one is that it suggests.
    pub(super) method: String,
    /// What the proof must be made with.
    pub(super) scramble: Vec<u8>,
}

/// One login.
pub(super) struct Login<'a> {
    password: &'a [u8],
    /// Whether nobody else can listen.
    is_private: bool,
    method: String,
    scramble: Vec<u8>,
}

/// What to do after an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Send(Vec<u8>),
    Read,
    /// The server is convinced.
    Done,
}

const NATIVE: &str = "mysql_native_password";
const CACHING: &str = "caching_sha2_password";
const CLEAR: &str = "mysql_clear_password";

/// How long what a proof is made with is.
const SCRAMBLE: usize = 20;

impl Greeting {
    /// Reads a greeting, if it is one.
    pub(super) fn read(greeting: &[u8]) -> Option<Self> {
        let (10, mut rest) = greeting.split_first()? else {
            return None;
        };
        // The version of the server.
        until_zero(&mut rest)?;
        let number = take(&mut rest, 4).try_into().ok().map(u32::from_le_bytes)?;
        let mut scramble = take(&mut rest, 8).to_vec();
        // What it can do, its character set and status, and how long all of the scramble is.
        take(&mut rest, 19);
        scramble.extend(take(&mut rest, SCRAMBLE - 8));
        until_zero(&mut rest);
        let method = until_zero(&mut rest).unwrap_or_default();
        Some(Self {
            number,
            method: String::from_utf8_lossy(method).into_owned(),
            scramble,
        })
    }
}

impl<'a> Login<'a> {
    /// With this password, after this greeting; over a connection that nobody else can listen to, or any other one.
    pub(super) fn new(greeting: Greeting, password: &'a str, is_private: bool) -> Self {
        let method = match greeting.method.as_str() {
            CACHING => CACHING,
            _ => NATIVE,
        };
        Self {
            password: password.as_bytes(),
            is_private,
            method: method.into(),
            scramble: greeting.scramble,
        }
    }

    /// The first proof, with the name of its method.
    pub(super) fn first(&self) -> Result<(Vec<u8>, &str), Problem> {
        Ok((self.proof()?, &self.method))
    }

    /// What to do after this answer, which is not an error.
    pub(super) fn answer(&mut self, answer: &[u8]) -> Result<Next, Problem> {
        match answer {
            [0, ..] => Ok(Next::Done),
            [0xfe, rest @ ..] => {
                let mut rest = rest;
                let method = until_zero(&mut rest).unwrap_or_default();
                self.method = String::from_utf8_lossy(method).into_owned();
                self.scramble = take(&mut rest, SCRAMBLE).to_vec();
                Ok(Next::Send(self.proof()?))
            }
            // It knows the password's hash from an earlier login, and has found the proof right.
            [1, 3] => Ok(Next::Read),
            // It wants the password itself. Where others may listen it is encrypted, with a key that is asked for.
            [1, 4] if self.is_private => Ok(Next::Send([self.password, &[0]].concat())),
            [1, 4] => Ok(Next::Send(vec![2])),
            [1, key @ ..] => {
                let key = rsa::Key::read(key).ok_or_else(|| {
                    refused("the server's public key, with which it wants the password encrypted, cannot be read")
                })?;
                // The password is covered by the scramble, which may be shorter.
                let password = self.password.iter().chain(&[0]);
                let covered = password.zip(self.scramble.iter().cycle());
                let covered: Vec<_> = covered.map(|(a, b)| a ^ b).collect();
                Ok(Next::Send(key.encrypt(&covered)?))
            }
            // A server that knows more about the method says so in words that are not known here.
            _ if self.password.is_empty() => Ok(Next::Send(Vec::new())),
            _ => Err(self.unknown()),
        }
    }

    /// The proof that one knows the password.
    fn proof(&self) -> Result<Vec<u8>, Problem> {
        let (password, scramble) = (self.password, &*self.scramble);
        let sha1 = |parts: &[&[u8]]| Sha1::from(parts.concat()).digest().bytes();
        let sha256 = |parts: &[&[u8]]| Hash::hash(&parts.concat());
        match self.method.as_str() {
            // The proof of an empty password is as empty.
            _ if password.is_empty() => Ok(Vec::new()),
            NATIVE => {
                let once = sha1(&[password]);
                Ok(covered(&once, &sha1(&[scramble, &sha1(&[&once])])))
            }
            CACHING => {
                let once = sha256(&[password]);
                Ok(covered(&once, &sha256(&[&sha256(&[&once]), scramble])))
            }
            CLEAR if self.is_private => Ok([password, &[0]].concat()),
            _ => Err(self.unknown()),
        }
    }

    fn unknown(&self) -> Problem {
        refused(format!(
            "its account logs in by `{}`, which fixtured does not know; use one that is `IDENTIFIED WITH {CACHING}` or `{NATIVE}`",
            self.method
        ))
    }
}

fn covered(hash: &[u8], other: &[u8]) -> Vec<u8> {
    hash.iter().zip(other).map(|(a, b)| a ^ b).collect()
}

fn refused(reason: impl Into<String>) -> Problem {
    Problem::new(Kind::Refused(String::new()), reason)
}

/// Takes what is before the next zero off the front, with it.
fn until_zero<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (taken, rest) = bytes.split_at(end);
    *bytes = rest.get(1..).unwrap_or_default();
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn greeting(method: &str) -> Greeting {
        Greeting {
            number: 263,
            method: method.into(),
            scramble: b"abcdefghijklmnopqrst".to_vec(),
        }
    }

    #[test]
    fn a_greeting_has_what_proofs_need() {
        let bytes = b"\x0a11.4\0\x07\x01\0\0abcdefgh\0\xff\xf7\x08\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_password\0";
        assert_eq!(Greeting::read(bytes), Some(greeting(NATIVE)));
        for wrong in [&b"\x0a11.4\0\x07"[..], b"HTTP/1.1 400", b""] {
            assert_eq!(Greeting::read(wrong), None);
        }
    }

    #[test]
    fn passwords_are_proved_by_hashes() {
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        for (method, wanted) in [
            (NATIVE, "e4b59f1c21cc65675a00bfe2e0138a62bd906f8f"),
            (
                CACHING,
                "249eea22ec2976f8fae36e5b5a5698e6ee9abae0a046ce004e3bd5eaddf58555",
            ),
        ] {
            let login = Login::new(greeting(method), "p@ss", false);
            let (proof, named) = login.first().unwrap();
            assert_eq!((hex(&proof).as_str(), named), (wanted, method));
            let empty = Login::new(greeting(method), "", false);
            assert_eq!(empty.first().unwrap().0, b"");
        }
    }

    #[test]
    fn passwords_are_sent_where_nobody_listens() {
        let mut login = Login::new(greeting(CACHING), "p@ss", true);
        assert_eq!(login.answer(&[1, 4]), Ok(Next::Send(b"p@ss\0".to_vec())));
        assert_eq!(login.answer(&[1, 3]), Ok(Next::Read));
        assert_eq!(login.answer(&[0, 0, 0]), Ok(Next::Done));
        let mut login = Login::new(greeting(CACHING), "p@ss", false);
        assert_eq!(login.answer(&[1, 4]), Ok(Next::Send(vec![2])));
        let switch = b"\xfeclient_ed25519\0abcdefghijklmnopqrst\0";
        let problem = login.answer(switch).unwrap_err().to_string();
        assert!(problem.starts_with("its account logs in by `client_ed25519`"));
        login.answer(b"\xfemysql_clear_password\0").unwrap_err();
    }
}
