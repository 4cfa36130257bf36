//! As much of a PostgreSQL client as a measurement needs.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::Result;

/// A connection to a server that trusts its socket.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
}

impl Connection {
    /// Connects as the superuser.
    pub fn open(socket: &Path, database: &str) -> Result<Self> {
        let mut connection = Self {
            stream: UnixStream::connect(socket)?,
        };
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        for text in ["user", "postgres", "database", database, ""] {
            body.extend(text.as_bytes());
            body.push(0);
        }
        connection.send(&[], &body)?;
        connection.complete()?;
        Ok(connection)
    }

    /// Connects and has a query answered.
    pub fn answered(socket: &Path, database: &str) -> Result<Self> {
        let mut connection = Self::open(socket, database)?;
        connection.execute("SELECT 1")?;
        Ok(connection)
    }

    /// Executes a statement, and returns the number of rows.
    pub fn execute(&mut self, statement: &str) -> Result<usize> {
        self.send(b"Q", &[statement.as_bytes(), &[0]].concat())?;
        self.complete()
    }

    fn send(&mut self, kind: &[u8], body: &[u8]) -> Result<()> {
        let length = u32::try_from(body.len() + 4)?;
        Ok(self
            .stream
            .write_all(&[kind, &length.to_be_bytes(), body].concat())?)
    }

    /// Reads until the server is ready for a statement.
    fn complete(&mut self) -> Result<usize> {
        let mut rows = 0;
        loop {
            let mut head = [0; 5];
            self.stream.read_exact(&mut head)?;
            let [kind, length @ ..] = head;
            let mut body = vec![0; usize::try_from(u32::from_be_bytes(length))?.saturating_sub(4)];
            self.stream.read_exact(&mut body)?;
            match kind {
                b'E' => return Err(String::from_utf8_lossy(&body).replace('\0', " ").into()),
                b'D' => rows += 1,
                b'Z' => return Ok(rows),
                _ => {}
            }
        }
    }
}
