//! A PostgreSQL database for each test.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::Refused;

/// How long the server may take for one statement.
const STATEMENT: Duration = Duration::from_secs(60);

/// How often it is looked whether the server still lives.
const LOOK: Duration = Duration::from_millis(100);

/// PostgreSQL cuts longer names off.
const LONGEST_NAME: usize = 63;

/// A database that exists until it is dropped.
#[derive(Debug)]
pub(super) struct Database {
    socket: String,
    user: String,
    name: String,
}

impl Database {
    /// Clones `template`. An error comes with the statement that failed.
    pub(super) fn new(
        socket: String,
        user: String,
        template: &str,
        test: &str,
        number: u64,
        dead: &dyn Fn() -> bool,
    ) -> Result<Self, Refused> {
        let name = name(test, number);
        // Copying files is faster than writing each block to the log where nothing has to survive a crash. Version 15 made it a
        // choice; before, it was the only way.
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let created = Connection::open(&socket, &user, dead).and_then(|mut connection| {
            let strategy = if connection.version >= 15 {
                " STRATEGY FILE_COPY"
            } else {
                ""
            };
            connection.execute(&format!("{statement}{strategy}"))
        });
        match created {
            Ok(()) => Ok(Self { socket, user, name }),
            Err(error) => Err(Refused {
                statement,
                reason: error.to_string(),
            }),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Drops the database, whoever is still connected to it.
    pub(super) fn drop_it(self, dead: &dyn Fn() -> bool) -> io::Result<()> {
        let mut connection = Connection::open(&self.socket, &self.user, dead)?;
        connection.execute(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        ))
    }
}

/// A name that needs no quotes, which people recognise the test by.
fn name(test: &str, number: u64) -> String {
    let number = format!("_{number}");
    let short = test.rsplit("::").next().unwrap_or(test).to_lowercase();
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    // A leading letter, since a name must not begin with a digit.
    let short: String = short
        .chars()
        .map(plain)
        .take(LONGEST_NAME - number.len() - 2)
        .collect();
    format!("t_{short}{number}")
}

/// A connection that speaks as much of the protocol as statements without parameters and results need
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>), to a server that trusts its socket.
struct Connection<'a> {
    stream: UnixStream,
    version: u32,
    /// Whether the server is dead. A process of it that waits for another one may hold the connection for a minute then.
    dead: &'a dyn Fn() -> bool,
}

impl<'a> Connection<'a> {
    fn open(socket: &str, user: &str, dead: &'a dyn Fn() -> bool) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(LOOK))?;
        let mut connection = Self {
            stream,
            version: 0,
            dead,
        };
        let mut startup = 196_608_i32.to_be_bytes().to_vec();
        for text in [
            "user",
            user,
            "database",
            "postgres",
            "application_name",
            "fixtured",
            "",
        ] {
            startup.extend(text.as_bytes());
            startup.push(0);
        }
        connection.send(&[], &startup)?;
        connection.complete()?;
        Ok(connection)
    }

    fn execute(&mut self, statement: &str) -> io::Result<()> {
        self.send(b"Q", &[statement.as_bytes(), &[0]].concat())?;
        self.complete()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len() + 4).map_err(io::Error::other)?;
        self.stream
            .write_all(&[kind, &length.to_be_bytes(), body].concat())
    }

    /// Reads until the server is ready for a statement.
    fn complete(&mut self) -> io::Result<()> {
        let mut error = None;
        loop {
            let mut head = [0; 5];
            self.read(&mut head)?;
            let [kind, length @ ..] = head;
            let mut body = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4)];
            self.read(&mut body)?;
            match kind {
                b'E' => error = Some(message(&body)),
                b'S' => self.notice_version(&body),
                b'R' if !body.starts_with(&[0; 4]) => {
                    return Err(io::Error::other("the server asks for a password"));
                }
                b'Z' => return error.map_or(Ok(()), |text| Err(io::Error::other(text))),
                _ => {}
            }
            // An error before the first statement ends the connection without another word.
            if self.version == 0
                && let Some(text) = error
            {
                return Err(io::Error::other(text));
            }
        }
    }

    /// Fills the buffer, unless the server dies.
    fn read(&mut self, mut rest: &mut [u8]) -> io::Result<()> {
        let until = Instant::now() + STATEMENT;
        while !rest.is_empty() {
            match self.stream.read(rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => rest = rest.get_mut(read..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if (self.dead)() {
                        return Err(io::Error::other("the server died"));
                    }
                    if Instant::now() > until {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
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

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        // Without a goodbye the server writes to its log that the client is gone.
        let _ = self.send(b"X", &[]);
    }
}

/// Severity, code and text of an error.
fn message(body: &[u8]) -> String {
    let fields: Vec<_> = body
        .split(|byte| *byte == 0)
        .filter_map(|field| field.split_first())
        .collect();
    let field = |kind: u8| {
        let found = fields.iter().find(|(first, _)| **first == kind);
        found
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
            .unwrap_or_default()
    };
    format!("{} {}: {}", field(b'S'), field(b'C'), field(b'M'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_the_test_and_are_short() {
        assert_eq!(name("api::tests::Stores_ä_user", 7), "t_stores___user_7");
        let long = name(&"x".repeat(100), 1234);
        assert_eq!(long.len(), LONGEST_NAME);
        assert!(long.ends_with("x_1234"));
    }

    #[test]
    fn errors_are_read_by_field() {
        assert_eq!(
            message(b"SFATAL\0C57P03\0Mstarting up\0\0"),
            "FATAL 57P03: starting up"
        );
    }
}
