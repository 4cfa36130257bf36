//! As much of MySQL's protocol as making databases needs.

use std::time::Duration;

use super::login::{Greeting, Login, Next};
use super::packet::{self, number, take};
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire};
use crate::migrations::encoded;

/// What we can do: the protocol since 4.1 (0x200) with transactions (0x2000), proofs of any kind (0x8_8000), and several statements and
/// results at once (0x3_0000).
const CAPABILITIES: u32 = 0x0b_a200;

/// `utf8mb4_general_ci`, which all versions know.
const CHARACTERS: u8 = 45;

/// What a test's settings of the server must not do to the making of databases, and the collation that clients have: the server's own. What is
/// between `/*M!` and `*/` is for MariaDB only, and what is between `/*!80000` and `*/` for MySQL.
const LIMITS: &str = "SET NAMES utf8mb4; SET SESSION TRANSACTION READ WRITE; \
                      SET SESSION autocommit = 1, SESSION lock_wait_timeout = 10 \
                      /*M!100101 , SESSION max_statement_time = 0 */ \
                      /*!80000 , SESSION max_execution_time = 0 */";

/// What copying needs: tables come in any order, a zero stays one, and every value that is there is allowed.
const COPYING: &str = "SET SESSION collation_connection = 'utf8mb4_general_ci', SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO', \
                       SESSION foreign_key_checks = 0; \
                       SET SESSION unique_checks = 0 \
                       /*!80013 , SESSION sql_require_primary_key = 0 */ /*!80030 , SESSION sql_generate_invisible_primary_key = 0 */";

/// That one has not the right to do something. Not everybody may say that tables come with the keys that they have, as Oracle's server is told
/// by what is between `/*!8…` and `*/`; by default they do anyway.
const NO_RIGHT: &str = "1227";

/// How servers begin a statement that makes a stored program. To the text of one, Oracle's takes the `;` before the next statement.
const PROGRAM: &str = "CREATE DEFINER=";

/// That more results follow.
const MORE: u16 = 8;

/// That a transaction is open.
const TRANSACTION: u16 = 1;

/// How long the server may take to end an abandoned statement.
const GOODBYE: Duration = Duration::from_millis(500);

/// No greeting is longer.
const GREETING: usize = 4 << 10;

/// A connection that speaks as much of the protocol as statements without parameters need
/// (<https://mariadb.com/kb/en/clientserver-protocol/>), to the server of this address.
pub(super) struct Connection {
    wire: Wire,
    /// Whether the last statement has left a transaction open.
    pub(super) in_transaction: bool,
    /// The number by which the server knows it.
    number: u32,
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

/// What a query gives, all as texts.
pub(super) type Rows = Vec<Vec<String>>;

impl Connection {
    /// A connection for what we ask ourselves.
    pub(super) fn open(server: &Address, patience: &Patience<'_>) -> Result<Self, Problem> {
        let mut connection = Self::for_scripts(server, patience)?;
        match connection.execute(COPYING, patience) {
            Err(problem) if problem.done == 1 && problem.has_code(NO_RIGHT) => {}
            done => done?,
        }
        Ok(connection)
    }

    /// A connection for what tests want done, which has the server's settings.
    pub(super) fn for_scripts(server: &Address, patience: &Patience<'_>) -> Result<Self, Problem> {
        let opened = Self::log_in(server, patience);
        opened.map_err(|problem| problem.while_connecting(&server.socket))
    }

    fn log_in(server: &Address, patience: &Patience<'_>) -> Result<Self, Problem> {
        let mut connection = Self {
            wire: Wire::open(&server.socket, &server.processes, patience)?,
            in_transaction: false,
            number: 0,
            server: server.clone(),
        };
        let (asked, greeting) = packet::read(&mut connection.wire, GREETING, patience)?;
        refused(&greeting, 0)?;
        let greeting = Greeting::read(&greeting).ok_or_else(packet::foreign)?;
        connection.number = greeting.number;
        let is_private = server.socket.starts_with('/');
        let mut login = Login::new(greeting, &server.password, is_private);
        let hello = hello(&server.user, &login)?;
        connection.send(&hello, asked.wrapping_add(1), patience)?;
        loop {
            let (asked, answer) = connection.read(patience)?;
            refused(&answer, 0)?;
            match login.answer(&answer)? {
                Next::Send(proof) => connection.send(&proof, asked.wrapping_add(1), patience)?,
                Next::Read => {}
                Next::Done => break,
            }
        }
        connection.execute(LIMITS, patience)?;
        Ok(connection)
    }

    /// Executes statements, each in its own transaction.
    pub(super) fn execute(
        &mut self,
        statements: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.query(statements, patience).map(drop)
    }

    /// Executes statements, as many at once as can be.
    pub(super) fn execute_all(
        &mut self,
        statements: &[String],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let mut done = 0;
        for batch in statements.split_inclusive(|statement| statement.starts_with(PROGRAM)) {
            let executed = self.execute(&batch.join(";\n"), patience);
            executed.map_err(|problem| Problem {
                done: done + problem.done,
                ..problem
            })?;
            done += batch.len();
        }
        Ok(())
    }

    /// Executes statements and returns the rows of all of them. A statement that is not done in time is killed, since the server would
    /// otherwise continue with it.
    pub(super) fn query(
        &mut self,
        statements: &str,
        patience: &Patience<'_>,
    ) -> Result<Rows, Problem> {
        self.send(&[&[3], &*encoded(statements)].concat(), 0, patience)?;
        let mut done = 0;
        let results = self.results(&mut done, patience);
        results.map_err(|problem| {
            if problem.is_early() {
                self.end();
            }
            Problem { done, ..problem }
        })
    }

    /// Ends the connection and its running statement, over another connection.
    fn end(&self) {
        let patience = &Patience::of(GOODBYE);
        let ended = Self::for_scripts(&self.server, patience)
            .and_then(|mut other| other.execute(&format!("KILL {}", self.number), patience));
        // A server that does not hear it now is beyond our help.
        drop(ended);
    }

    /// Reads the results of statements, and counts in `done` all but the last one that there is.
    fn results(&mut self, done: &mut usize, patience: &Patience<'_>) -> Result<Rows, Problem> {
        let mut rows = Vec::new();
        loop {
            let (asked, head) = self.read(patience)?;
            refused(&head, *done)?;
            let status = match head.split_first() {
                Some((0, mut rest)) => {
                    number(&mut rest);
                    number(&mut rest);
                    status(rest)
                }
                // A file of ours, which is refused.
                Some((0xfb, _)) => {
                    self.send(&[], asked.wrapping_add(1), patience)?;
                    continue;
                }
                _ => self.rows(number(&mut &*head).unwrap_or(0), *done, &mut rows, patience)?,
            };
            self.in_transaction = status & TRANSACTION != 0;
            if status & MORE == 0 {
                return Ok(rows);
            }
            *done += 1;
        }
    }

    /// Reads the rows of one result; returns the server's status.
    fn rows(
        &mut self,
        columns: usize,
        done: usize,
        rows: &mut Rows,
        patience: &Patience<'_>,
    ) -> Result<u16, Problem> {
        while !is_end(&self.read(patience)?.1) {}
        loop {
            let (_, row) = self.read(patience)?;
            refused(&row, done)?;
            if is_end(&row) {
                return Ok(status(row.get(3..).unwrap_or_default()));
            }
            let mut rest = &*row;
            rows.push((0..columns).map(|_| packet::text(&mut rest)).collect());
        }
    }

    fn read(&mut self, patience: &Patience<'_>) -> Result<(u8, Vec<u8>), Problem> {
        packet::read(&mut self.wire, usize::MAX, patience)
    }

    fn send(&mut self, body: &[u8], number: u8, patience: &Patience<'_>) -> Result<(), Problem> {
        packet::send(&mut self.wire, body, number, patience)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without a goodbye the server writes to its log that the client is gone. Nobody waits for it to be heard.
        let _ = self.send(&[1], 0, &Patience::of(Duration::ZERO));
    }
}

/// What a client says first.
fn hello(user: &str, login: &Login<'_>) -> Result<Vec<u8>, Problem> {
    let (proof, method) = login.first()?;
    let mut hello = CAPABILITIES.to_le_bytes().to_vec();
    hello.extend(u32::MAX.to_le_bytes());
    hello.push(CHARACTERS);
    hello.extend([0; 23]);
    hello.extend(user.as_bytes());
    hello.push(0);
    // A proof is a hash, and shorter than a byte can say.
    hello.extend(proof.len().to_le_bytes().first());
    hello.extend(&proof);
    hello.extend(method.as_bytes());
    hello.push(0);
    Ok(hello)
}

/// The end of columns or rows, which is shorter than a row that starts like it.
fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

fn status(mut bytes: &[u8]) -> u16 {
    let bytes = take(&mut bytes, 2);
    bytes.try_into().map_or(0, u16::from_le_bytes)
}

/// Reads an error, if this is one.
fn refused(packet: &[u8], done: usize) -> Result<(), Problem> {
    let Some((0xff, mut rest)) = packet.split_first() else {
        return Ok(());
    };
    let code = status(take(&mut rest, 2));
    let rest = String::from_utf8_lossy(rest);
    // Five letters after a `#` say what kind of error it is.
    let (state, message) = match rest
        .strip_prefix('#')
        .and_then(|rest| rest.split_at_checked(5))
    {
        Some((state, message)) => (format!(" ({state})"), message),
        None => (String::new(), &*rest),
    };
    // The connection was ended from outside.
    let kind = match code {
        1053 | 1152 | 1184 | 1927 | 3169 | 4031 => Kind::Disconnected,
        // Both are about a full disk; where the system says so itself, the code is another one.
        1021 | 1114 => Kind::Full,
        // An error of a storage engine: InnoDB could not write its temporary file.
        1296 if message.contains("'Temp file write failure'") => Kind::Full,
        code => Kind::Refused(code.to_string()),
    };
    let text = format!("ERROR {code}{state}: {message}");
    Err(Problem {
        done,
        ..Problem::new(kind, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read() {
        let found = refused(b"\xff\x28\x04#42000You have an error", 2).unwrap_err();
        assert_eq!(found.text, "ERROR 1064 (42000): You have an error");
        assert!(found.done == 2 && found.has_code("1064"));
        let found = refused(b"\xff\x10\x04Too many connections", 0).unwrap_err();
        assert_eq!(found.text, "ERROR 1040: Too many connections");
        assert_eq!(refused(&[0, 0, 0], 0), Ok(()));
        assert!(
            refused(b"\xff\x87\x07#70100killed", 0)
                .unwrap_err()
                .is_of_connection()
        );
    }
}
