//! As much of PostgreSQL's protocol as preparing databases needs.

use std::io;
use std::time::Duration;

use super::login::{Answer, Login};
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire};

/// What a test's settings of the server must not do to the making of databases.
const OPTIONS: &str =
    "-c statement_timeout=0 -c lock_timeout=0 -c default_transaction_read_only=off";

/// How long the server may take to end an abandoned statement.
const GOODBYE: Duration = Duration::from_millis(500);

/// The longest answer before the login is complete.
const LONGEST: usize = 64 << 10;

/// The code of an error: all connections that the server allows are open.
const TOO_MANY: &str = "53300";

/// What asks the server to cancel, in the place of a version.
const CANCEL: u32 = 80_877_102;

/// The code of an error that a full disk causes.
const DISK_FULL: &str = "53100";

/// The version of the protocol: 3.0.
const VERSION: u32 = 196_608;

/// A connection that speaks as much of the protocol as statements without parameters and results need
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>), to a server that trusts its socket.
pub(super) struct Connection {
    wire: Wire,
    /// The major version of the server.
    pub(super) version: u32,
    /// What cancels a statement of this connection over another one.
    key: Vec<u8>,
    server: Address,
}

/// The address of a server, and the user and password for it.
#[derive(Clone)]
pub(super) struct Address {
    /// The path of its socket, or `host:port`.
    pub(super) socket: String,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) processes: Processes,
}

impl Connection {
    pub(super) fn open(
        server: &Address,
        database: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        Self::open_with("", server, database, patience)
    }

    /// A connection with these further options.
    pub(super) fn open_with(
        options: &str,
        server: &Address,
        database: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let opened = Self::log_in(options, server, database, patience);
        opened.map_err(|problem| problem.while_connecting(&server.socket))
    }

    fn log_in(
        options: &str,
        server: &Address,
        database: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let mut connection = Self {
            wire: Wire::open(&server.socket, &server.processes, patience)?,
            version: 0,
            key: Vec::new(),
            server: server.clone(),
        };
        let mut startup = VERSION.to_be_bytes().to_vec();
        for text in [
            "user",
            &server.user,
            "database",
            database,
            "application_name",
            "fixtured",
            "options",
            &format!("{OPTIONS} {options}"),
            "",
        ] {
            startup.extend(text.as_bytes());
            startup.push(0);
        }
        connection.send(&[], &startup, patience)?;
        connection.authenticate(patience)?;
        connection.complete(&mut |_| {}, patience)?;
        Ok(connection)
    }

    /// Executes statements. Several together are one transaction, unless they control it themselves.
    pub(super) fn execute(
        &mut self,
        statements: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.query(statements, &mut |_| {}, patience)
    }

    /// Executes requests one after the other, without a wait for each to be done. All but the last are one statement.
    pub(super) fn execute_all(
        &mut self,
        requests: &[&str],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let packed = |request: &&str| packed(b"Q", &[request.as_bytes(), &[0]].concat());
        let all: Vec<_> = requests.iter().map(packed).collect::<io::Result<_>>()?;
        self.wire.write(&all.concat(), patience)?;
        for number in 0..requests.len() {
            let done = self.outcome(&mut |_| {}, patience);
            done.map_err(|problem| Problem {
                done: problem.done + number,
                ..problem
            })?;
        }
        Ok(())
    }

    /// The texts that a query gives, in one column.
    pub(super) fn texts(
        &mut self,
        query: &str,
        patience: &Patience<'_>,
    ) -> Result<Vec<String>, Problem> {
        let mut texts = Vec::new();
        // A row is the number of its columns in two bytes, and the length of each in four before it.
        let mut row = |row: &[u8]| {
            let text = row.get(6..).map(String::from_utf8_lossy);
            texts.extend(text.map(|text| text.into_owned()));
        };
        self.query(query, &mut row, patience)?;
        Ok(texts)
    }

    fn query(
        &mut self,
        statements: &str,
        row: &mut dyn FnMut(&[u8]),
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.send(b"Q", &[statements.as_bytes(), &[0]].concat(), patience)?;
        self.outcome(row, patience)
    }

    /// Reads until what was sent is done. What is not done in time is cancelled, since the server would otherwise continue with it.
    fn outcome(
        &mut self,
        row: &mut dyn FnMut(&[u8]),
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        match self.complete(row, patience) {
            Err(problem) if problem.is_early() => Err(Problem {
                done: problem.done + self.cancel(),
                ..problem
            }),
            done => done,
        }
    }

    /// Cancels the running statements. Returns how many more of them have completed.
    fn cancel(&mut self) -> usize {
        let patience = &Patience::of(GOODBYE);
        let mut ask = || {
            let mut wire = Wire::open(&self.server.socket, &self.server.processes, patience)?;
            let request = [&CANCEL.to_be_bytes(), &*self.key].concat();
            wire.write(&packed(&[], &request)?, patience)?;
            // The server says that it has heard by closing the connection.
            match wire.read(&mut [0], patience) {
                Err(problem) if problem.is_of_connection() => {}
                _ => return Ok(0),
            }
            match self.complete(&mut |_| {}, patience) {
                Err(problem) => Ok::<_, Problem>(problem.done),
                Ok(()) => Ok(0),
            }
        };
        // A server that does not hear it now is beyond our help.
        ask().unwrap_or(0)
    }

    /// Answers the server's authentication requests.
    fn authenticate(&mut self, patience: &Patience<'_>) -> Result<(), Problem> {
        let Address { user, password, .. } = self.server.clone();
        let mut login = Login::new(&user, &password);
        loop {
            let (kind, body) = self.message(LONGEST, patience)?;
            match kind {
                b'R' => match login.answer(&body)? {
                    Answer::Done => return Ok(()),
                    Answer::Nothing => {}
                    Answer::Send(answer) => self.send(b"p", &answer, patience)?,
                },
                // An error before the first statement ends the connection without another word.
                b'E' => return Err(problem(&body, 0)),
                b'N' | b'v' => {}
                _ => return Err(foreign()),
            }
        }
    }

    fn send(&mut self, kind: &[u8], body: &[u8], patience: &Patience<'_>) -> Result<(), Problem> {
        self.wire.write(&packed(kind, body)?, patience)
    }

    /// Reads until the server is ready for a statement.
    fn complete(
        &mut self,
        row: &mut dyn FnMut(&[u8]),
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let mut error: Option<Problem> = None;
        let mut done = 0;
        loop {
            let message = self.message(usize::MAX, patience);
            let (kind, body) = message.map_err(|problem| Problem { done, ..problem })?;
            match kind {
                b'C' => done += 1,
                b'E' => error = Some(problem(&body, done)),
                b'S' => self.notice_version(&body),
                b'K' => self.key = body,
                b'G' => {
                    let reason = "it wants data, which only psql can send (`COPY … FROM stdin`)";
                    self.send(b"f", &[reason.as_bytes(), &[0]].concat(), patience)?;
                }
                b'D' => row(&body),
                b'Z' => return error.map_or(Ok(()), Err),
                _ => {}
            }
        }
    }

    /// Reads one message: its kind and its body.
    fn message(
        &mut self,
        longest: usize,
        patience: &Patience<'_>,
    ) -> Result<(u8, Vec<u8>), Problem> {
        let mut head = [0; 5];
        self.wire.read(&mut head, patience)?;
        let [kind, length @ ..] = head;
        let length = (u32::from_be_bytes(length) as usize).saturating_sub(4);
        if length > longest {
            return Err(foreign());
        }
        Ok((kind, self.wire.take(length, patience)?))
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
        // Without a goodbye the server writes to its log that the client is gone. Nobody waits for it to be heard.
        let _ = self.send(b"X", &[], &Patience::of(Duration::ZERO));
    }
}

/// A message: its kind, if it has one, its length and its body.
fn packed(kind: &[u8], body: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    Ok([kind, &length.to_be_bytes(), body].concat())
}

/// What answers is something else.
fn foreign() -> Problem {
    let text = "what answers there does not speak the protocol of PostgreSQL";
    Problem::new(Kind::Disconnected, text)
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
    let advice = match &*code {
        TOO_MANY => "; set `max_connections` higher, or have tests open fewer connections",
        _ => "",
    };
    let text = format!("{severity} {code}: {message}{}{advice}", detail.concat());
    // The message may be in another language.
    let kind = match &*code {
        DISK_FULL => Kind::Full,
        _ => Kind::Refused(code),
    };
    Problem {
        done,
        position: field(b'P').and_then(|number| number.parse().ok()),
        ..Problem::new(kind, text)
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
            kind: Kind::Refused("57P03".into()),
            done: 2,
            position: Some(12),
            connecting: None,
        };
        assert_eq!(found, wanted);
    }
}
