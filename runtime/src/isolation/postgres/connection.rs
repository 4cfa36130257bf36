//! As much of PostgreSQL's protocol as preparing databases needs.

use std::io;
use std::time::Duration;

use super::address::{Address, foreign};
use super::complaint;
use super::login::{Answer, Login};
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::isolation::wire::Wire;

/// What a test's settings of the server must not do to the making of databases.
const OPTIONS: &str =
    "-c statement_timeout=0 -c lock_timeout=0 -c default_transaction_read_only=off";

/// How long the server may take to end an abandoned statement.
const GOODBYE: Duration = Duration::from_millis(500);

/// How much data is sent in a message.
const PIECE: usize = 64 << 10;

/// The longest answer before the login is complete.
const LONGEST: usize = 64 << 10;

/// What asks the server to cancel, in the place of a version.
const CANCEL: u32 = 80_877_102;

/// The version of the protocol: 3.0.
const VERSION: u32 = 196_608;

/// A connection that speaks as much of the protocol as statements without parameters and results need
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>), to a server that trusts its socket.
pub(super) struct Connection {
    wire: Wire,
    /// The major version of the server.
    pub(super) version: u32,
    /// Whether a backslash in `'…'` is one now.
    pub(super) standard_strings: bool,
    /// Whether the last statement has left a transaction open.
    pub(super) in_transaction: bool,
    /// What cancels a statement of this connection over another one.
    key: Vec<u8>,
    server: Address,
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
        let (first, other) = server.attempts();
        let attempt = |encrypted| {
            let wire = server.open(encrypted, patience)?;
            Self::log_in(options, server, database, wire, patience)
        };
        let opened = match (attempt(first), other) {
            (Err(problem), Some(other)) if is_of_encryption(&problem) => {
                // The problem with TLS says more.
                let opened = attempt(other);
                opened.map_err(|other| if first { problem } else { other })
            }
            (opened, _) => opened,
        };
        opened.map_err(|problem| problem.while_connecting(&server.socket))
    }

    fn log_in(
        options: &str,
        server: &Address,
        database: &str,
        wire: Wire,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let mut connection = Self {
            wire,
            version: 0,
            standard_strings: true,
            in_transaction: false,
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
        connection.complete(None, &mut |_| {}, patience)?;
        Ok(connection)
    }

    /// Another connection to the same server.
    pub(super) fn another(&self, database: &str, patience: &Patience<'_>) -> Result<Self, Problem> {
        Self::open(&self.server, database, patience)
    }

    /// The user who is logged in.
    pub(super) fn user(&self) -> &str {
        &self.server.user
    }

    /// Executes statements. Several together are one transaction, unless they control it themselves.
    pub(super) fn execute(
        &mut self,
        statements: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.query(statements, None, &mut |_| {}, patience)
    }

    /// The same, with the data for the last of them (`COPY … FROM stdin`).
    pub(super) fn execute_with(
        &mut self,
        statements: &str,
        data: Option<&str>,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.query(statements, data, &mut |_| {}, patience)
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
            let done = self.outcome(None, &mut |_| {}, patience);
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
        self.query(query, None, &mut row, patience)?;
        Ok(texts)
    }

    fn query(
        &mut self,
        statements: &str,
        data: Option<&str>,
        row: &mut dyn FnMut(&[u8]),
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.send(b"Q", &[statements.as_bytes(), &[0]].concat(), patience)?;
        self.outcome(data, row, patience)
    }

    /// Reads until what was sent is done. What is not done in time is cancelled, since the server would otherwise continue with it.
    fn outcome(
        &mut self,
        data: Option<&str>,
        row: &mut dyn FnMut(&[u8]),
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        match self.complete(data, row, patience) {
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
            let mut wire = self.server.open(self.wire.is_encrypted(), patience)?;
            let request = [&CANCEL.to_be_bytes(), &*self.key].concat();
            wire.write(&packed(&[], &request)?, patience)?;
            // The server says that it has heard by closing the connection.
            match wire.read(&mut [0], patience) {
                Err(problem) if problem.is_of_connection() => {}
                _ => return Ok(0),
            }
            match self.complete(None, &mut |_| {}, patience) {
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
                b'E' => return Err(complaint::read(&body, 0)),
                b'N' | b'v' => {}
                _ => return Err(foreign()),
            }
        }
    }

    fn send(&mut self, kind: &[u8], body: &[u8], patience: &Patience<'_>) -> Result<(), Problem> {
        self.wire.write(&packed(kind, body)?, patience)
    }

    /// Reads until the server is ready for a statement. It may want this data meanwhile.
    fn complete(
        &mut self,
        data: Option<&str>,
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
                b'E' => error = Some(complaint::read(&body, done)),
                b'S' => self.notice(&body),
                b'K' => self.key = body,
                b'G' => self.copy(data, patience)?,
                b'D' => row(&body),
                b'Z' => {
                    self.in_transaction = body.first() != Some(&b'I');
                    return error.map_or(Ok(()), Err);
                }
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

    /// Sends data. An error of the server is read afterwards: it ignores what is left.
    fn copy(&mut self, data: Option<&str>, patience: &Patience<'_>) -> Result<(), Problem> {
        let Some(data) = data else {
            let reason = "the script has no data for it";
            return self.send(b"f", &[reason.as_bytes(), &[0]].concat(), patience);
        };
        for piece in data.as_bytes().chunks(PIECE) {
            self.send(b"d", piece, patience)?;
        }
        self.send(b"c", &[], patience)
    }

    /// Notices a parameter that the server reports.
    fn notice(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        let mut parts = text.split('\0');
        let value = (parts.next(), parts.next());
        if let (Some("standard_conforming_strings"), Some(value)) = value {
            self.standard_strings = value == "on";
        }
        if let (Some("server_version"), Some(value)) = value {
            let digits = value.split(|letter: char| !letter.is_ascii_digit()).next();
            self.version = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without a goodbye the server writes to its log that the client is gone. Nobody waits for it to be heard.
        let _ = self.send(b"X", &[], &Patience::of(Duration::ZERO));
    }
}

/// Returns whether the server may accept the same with TLS, or without it: its rules allow no such connection, or TLS has failed.
fn is_of_encryption(problem: &Problem) -> bool {
    problem.has_code(complaint::NOT_ALLOWED) || problem.is_of_connection()
}

/// A message: its kind, if it has one, its length and its body.
fn packed(kind: &[u8], body: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
    Ok([kind, &length.to_be_bytes(), body].concat())
}
