//! As much of a client of MySQL and MariaDB as a measurement needs.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::Result;

/// A connection to a server that asks `root` for no password on its socket.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
}

/// The protocol since 4.1, with several statements and results at once.
const CAPABILITIES: u32 = 0x0b_a200;

/// That more results follow.
const MORE: u8 = 8;

impl Connection {
    /// Connects as `root`.
    pub fn open(socket: &Path) -> Result<Self> {
        let mut connection = Self {
            stream: UnixStream::connect(socket)?,
        };
        connection.read()?;
        let mut hello = CAPABILITIES.to_le_bytes().to_vec();
        hello.extend(u32::MAX.to_le_bytes());
        hello.push(45);
        hello.extend([0; 23]);
        hello.extend(b"root\0\0mysql_native_password\0");
        connection.send(&hello, 1)?;
        loop {
            let (number, answer) = connection.read()?;
            if answer.first() == Some(&0) {
                return Ok(connection);
            }
            connection.send(&[], number.wrapping_add(1))?;
        }
    }

    /// Executes statements, and returns the rows of all of them.
    pub fn execute(&mut self, statements: &str) -> Result<Vec<Vec<String>>> {
        self.send(&[&[3], statements.as_bytes()].concat(), 0)?;
        let mut rows = Vec::new();
        loop {
            let (_, head) = self.read()?;
            let status = match head.first() {
                // How many rows there were, and the number of the last one.
                Some(0) => {
                    let mut rest = head.get(1..).unwrap_or_default();
                    number(&mut rest);
                    number(&mut rest);
                    rest.first().copied()
                }
                _ => self.rows(&mut rows)?,
            };
            if status.unwrap_or_default() & MORE == 0 {
                return Ok(rows);
            }
        }
    }

    fn rows(&mut self, rows: &mut Vec<Vec<String>>) -> Result<Option<u8>> {
        let is_end = |packet: &[u8]| packet.first() == Some(&0xfe) && packet.len() < 9;
        while !is_end(&self.read()?.1) {}
        loop {
            let (_, row) = self.read()?;
            if is_end(&row) {
                return Ok(row.get(3).copied());
            }
            let mut rest = &*row;
            let mut columns = Vec::new();
            while !rest.is_empty() {
                let length = number(&mut rest);
                let (column, after) = rest.split_at(length);
                columns.push(String::from_utf8_lossy(column).into_owned());
                rest = after;
            }
            rows.push(columns);
        }
    }

    fn send(&mut self, body: &[u8], number: u8) -> Result<()> {
        let [a, b, c, _] = u32::try_from(body.len())?.to_le_bytes();
        Ok(self
            .stream
            .write_all(&[&[a, b, c, number], body].concat())?)
    }

    /// Reads a packet: its number, and what is in it.
    fn read(&mut self) -> Result<(u8, Vec<u8>)> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head)?;
        let [a, b, c, number] = head;
        let mut body = vec![0; u32::from_le_bytes([a, b, c, 0]) as usize];
        self.stream.read_exact(&mut body)?;
        match body.first() {
            Some(0xff) => Err(String::from_utf8_lossy(&body).into()),
            _ => Ok((number, body)),
        }
    }
}

/// Takes a number off the front, which is in one byte or in as many as the first one says; `NULL` is 0.
fn number(bytes: &mut &[u8]) -> usize {
    let (number, rest) = match *bytes {
        [0xfb, rest @ ..] => (0, rest),
        [0xfc, a, b, rest @ ..] => (u32::from_le_bytes([*a, *b, 0, 0]), rest),
        [0xfd, a, b, c, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, 0]), rest),
        [short, rest @ ..] => (u32::from(*short), rest),
        [] => (0, *bytes),
    };
    *bytes = rest;
    number as usize
}
