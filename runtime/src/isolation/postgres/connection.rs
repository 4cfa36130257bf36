//! As much of PostgreSQL's protocol as preparing databases needs.

use std::io;

use super::login::{Answer, Login};
use crate::isolation::problem::Problem;
use crate::isolation::wire::{Dead, Wire};

/// What a test's settings of the server must not do to the making of databases.
const OPTIONS: &str =
    "-c statement_timeout=0 -c lock_timeout=0 -c default_transaction_read_only=off";

/// A connection that speaks as much of the protocol as statements without parameters and results need
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>), to a server that trusts its socket.
pub(super) struct Connection {
    wire: Wire,
    /// The major version of the server.
    pub(super) version: u32,
}

impl Connection {
    pub(super) fn open(
        socket: &str,
        user: &str,
        password: &str,
        database: &str,
        dead: &Dead,
    ) -> Result<Self, Problem> {
        let wire = Wire::open(socket, dead)?;
        let mut connection = Self { wire, version: 0 };
        let mut startup = 196_608_i32.to_be_bytes().to_vec();
        for text in [
            "user",
            user,
            "database",
            database,
            "application_name",
            "fixtured",
            "options",
            OPTIONS,
            "",
        ] {
            startup.extend(text.as_bytes());
            startup.push(0);
        }
        connection.send(&[], &startup)?;
        connection.authenticate(user, password)?;
        connection.complete(&mut |_| {})?;
        Ok(connection)
    }

    /// Carries out statements; several together are one transaction, unless they say otherwise.
    pub(super) fn execute(&mut self, statements: &str) -> Result<(), Problem> {
        self.send(b"Q", &[statements.as_bytes(), &[0]].concat())?;
        self.complete(&mut |_| {})
    }

    /// The names that a query gives.
    pub(super) fn names(&mut self, query: &str) -> Result<Vec<String>, Problem> {
        let mut names = Vec::new();
        self.send(b"Q", &[query.as_bytes(), &[0]].concat())?;
        // A row is the number of its columns in two bytes, and the length of each in four before it.
        self.complete(&mut |row| {
            let name = row.get(6..).map(String::from_utf8_lossy);
            names.extend(name.map(|name| name.into_owned()));
        })?;
        Ok(names)
    }

    /// Answers what the server asks before it lets anybody in.
    fn authenticate(&mut self, user: &str, password: &str) -> Result<(), Problem> {
        let mut login = Login::new(user, password);
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'R' => match login.answer(&body)? {
                    Answer::Done => return Ok(()),
                    Answer::Nothing => {}
                    Answer::Send(answer) => self.send(b"p", &answer)?,
                },
                // An error before the first statement ends the connection without another word.
                b'E' => return Err(problem(&body, 0)),
                _ => {}
            }
        }
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        self.wire
            .write(&[kind, &length.to_be_bytes(), body].concat())
    }

    /// Reads until the server is ready for a statement.
    fn complete(&mut self, row: &mut dyn FnMut(&[u8])) -> Result<(), Problem> {
        let mut error: Option<Problem> = None;
        let mut done = 0;
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'C' => done += 1,
                b'E' => error = Some(problem(&body, done)),
                b'S' => self.notice_version(&body),
                b'G' => {
                    let reason = "it wants data, which only psql can send (`COPY … FROM stdin`)";
                    self.send(b"f", &[reason.as_bytes(), &[0]].concat())?;
                }
                b'D' => row(&body),
                b'Z' => return error.map_or(Ok(()), Err),
                _ => {}
            }
        }
    }

    /// Reads one message: its kind and its body.
    fn message(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.wire.read(&mut head)?;
        let [kind, length @ ..] = head;
        let mut body = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4)];
        self.wire.read(&mut body)?;
        Ok((kind, body))
    }

    fn notice_version(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        let digits = |value: &str| {
            value
                .split(|letter: char| !letter.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        };
        if let Some(version) = text.strip_prefix("server_version\0").and_then(digits) {
            self.version = version;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without a goodbye the server writes to its log that the client is gone.
        let _ = self.send(b"X", &[]);
    }
}

/// Reads an error.
fn problem(body: &[u8], done: usize) -> Problem {
    let fields: Vec<_> = body
        .split(|byte| *byte == 0)
        .filter_map(|field| field.split_first())
        .collect();
    let field = |kind: u8| {
        let found = fields.iter().find(|(first, _)| **first == kind);
        found.map(|(_, text)| String::from_utf8_lossy(text).into_owned())
    };
    let [severity, code, message] = [b'S', b'C', b'M'].map(|kind| field(kind).unwrap_or_default());
    let detail = [(b'D', "; "), (b'H', "; hint: ")].map(|(kind, before)| {
        field(kind).map_or_else(String::new, |text| before.to_owned() + &text)
    });
    Problem {
        text: format!("{severity} {code}: {message}{}", detail.concat()),
        done,
        position: field(b'P').and_then(|number| number.parse().ok()),
        disconnected: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_by_field() {
        let found = problem(b"SFATAL\0C57P03\0Mstarting up\0Dno\0P12\0\0", 2);
        let text = "FATAL 57P03: starting up; no".into();
        let wanted = Problem {
            text,
            done: 2,
            position: Some(12),
            disconnected: false,
        };
        assert_eq!(found, wanted);
    }
}
