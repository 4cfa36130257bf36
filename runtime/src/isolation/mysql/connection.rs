//! As much of MySQL's protocol as making databases needs.

use super::packet::{self, number, take};
use crate::isolation::problem::Problem;
use crate::isolation::wire::{Dead, Wire};

/// What we can do: the protocol since 4.1 (0x200) with transactions (0x2000), proofs of any kind (0x8_8000), and several statements and
/// results at once (0x3_0000).
const CAPABILITIES: u32 = 0x0b_a200;

/// `utf8mb4_general_ci`, which all versions know.
const CHARACTERS: u8 = 45;

/// What a test's settings of the server must not do to the making of databases. What is between `/*M!` and `*/` is for MariaDB only.
const LIMITS: &str = "SET SESSION TRANSACTION READ WRITE; \
                      SET SESSION autocommit = 1, SESSION lock_wait_timeout = 10 \
                      /*M!100101 , SESSION max_statement_time = 0 */";

/// What copying needs: tables come in any order, and every value that is there is allowed.
const COPYING: &str =
    "SET SESSION sql_mode = '', SESSION foreign_key_checks = 0, SESSION unique_checks = 0";

/// That more results follow.
const MORE: u16 = 8;

/// That a transaction is open.
const TRANSACTION: u16 = 1;

/// A connection that speaks as much of the protocol as statements without parameters need
/// (<https://mariadb.com/kb/en/clientserver-protocol/>), to a server that asks for no password on its socket.
pub(super) struct Connection {
    wire: Wire,
    /// Whether the last statement has left a transaction open.
    pub(super) in_transaction: bool,
}

/// What a query gives, all as texts.
pub(super) type Rows = Vec<Vec<String>>;

impl Connection {
    /// A connection for what we ask ourselves.
    pub(super) fn open(socket: &str, user: &str, dead: &Dead) -> Result<Self, Problem> {
        let mut connection = Self::for_scripts(socket, user, dead)?;
        connection.execute(COPYING)?;
        Ok(connection)
    }

    /// A connection for what tests want done, which has the server's settings.
    pub(super) fn for_scripts(socket: &str, user: &str, dead: &Dead) -> Result<Self, Problem> {
        let mut connection = Self {
            wire: Wire::open(socket, dead)?,
            in_transaction: false,
        };
        let (asked, greeting) = connection.read()?;
        refused(&greeting, 0)?;
        let mut login = CAPABILITIES.to_le_bytes().to_vec();
        login.extend(u32::MAX.to_le_bytes());
        login.push(CHARACTERS);
        login.extend([0; 23]);
        login.extend(user.as_bytes());
        // The end of the name, and no password.
        login.extend([0, 0]);
        login.extend(b"mysql_native_password\0");
        packet::send(&mut connection.wire, &login, asked.wrapping_add(1))?;
        loop {
            let (asked, answer) = connection.read()?;
            refused(&answer, 0)?;
            if answer.first() == Some(&0) {
                break;
            }
            // It asks for another proof of an empty password, which is as empty.
            packet::send(&mut connection.wire, &[], asked.wrapping_add(1))?;
        }
        connection.execute(LIMITS)?;
        Ok(connection)
    }

    /// Carries out statements, each of which is a transaction.
    pub(super) fn execute(&mut self, statements: &str) -> Result<(), Problem> {
        self.query(statements).map(drop)
    }

    /// Carries out statements; returns the rows of all of them.
    pub(super) fn query(&mut self, statements: &str) -> Result<Rows, Problem> {
        packet::send(&mut self.wire, &[&[3], statements.as_bytes()].concat(), 0)?;
        let mut rows = Vec::new();
        let mut done = 0;
        loop {
            let (asked, head) = self.read()?;
            refused(&head, done)?;
            let status = match head.split_first() {
                Some((0, mut rest)) => {
                    number(&mut rest);
                    number(&mut rest);
                    status(rest)
                }
                // A file of ours, which is refused.
                Some((0xfb, _)) => {
                    packet::send(&mut self.wire, &[], asked.wrapping_add(1))?;
                    continue;
                }
                _ => self.rows(number(&mut &*head).unwrap_or(0), done, &mut rows)?,
            };
            self.in_transaction = status & TRANSACTION != 0;
            if status & MORE == 0 {
                return Ok(rows);
            }
            done += 1;
        }
    }

    /// Reads the rows of one result; returns the server's status.
    fn rows(&mut self, columns: usize, done: usize, rows: &mut Rows) -> Result<u16, Problem> {
        while !is_end(&self.read()?.1) {}
        loop {
            let (_, row) = self.read()?;
            refused(&row, done)?;
            if is_end(&row) {
                return Ok(status(row.get(3..).unwrap_or_default()));
            }
            let mut rest = &*row;
            rows.push((0..columns).map(|_| packet::text(&mut rest)).collect());
        }
    }

    fn read(&mut self) -> Result<(u8, Vec<u8>), Problem> {
        Ok(packet::read(&mut self.wire)?)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without a goodbye the server writes to its log that the client is gone.
        let _ = packet::send(&mut self.wire, &[1], 0);
    }
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
    Err(Problem {
        text: format!("ERROR {code}{state}: {message}"),
        done,
        position: None,
        // The session was ended by somebody: 1053, 1152, 1184, 1927, 3169, 4031.
        disconnected: [1053, 1152, 1184, 1927, 3169, 4031].contains(&code),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read() {
        let found = refused(b"\xff\x28\x04#42000You have an error", 2).unwrap_err();
        assert_eq!(found.text, "ERROR 1064 (42000): You have an error");
        assert_eq!((found.done, found.disconnected), (2, false));
        let found = refused(b"\xff\x10\x04Too many connections", 0).unwrap_err();
        assert_eq!(found.text, "ERROR 1040: Too many connections");
        assert_eq!(refused(&[0, 0, 0], 0), Ok(()));
    }
}
