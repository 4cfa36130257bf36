//! What a server lends.

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Refused;
use crate::launch::Lender;

/// How long a server may take to make something.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is given back when this is dropped, or the supervisor ends.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) name: String,
    _connection: UnixStream,
}

impl Lent {
    pub(super) fn from(lender: &Lender) -> Result<Self, Refused> {
        let refused = |reason: String| Refused {
            statement: format!("a part, at {}", lender.socket),
            reason,
        };
        let ask = || {
            let connection = UnixStream::connect(&lender.socket)?;
            connection.set_read_timeout(Some(PATIENCE))?;
            let mut line = String::new();
            BufReader::new(&connection).read_line(&mut line)?;
            Ok::<_, std::io::Error>((connection, line))
        };
        let (connection, line) = ask().map_err(|error| refused(error.to_string()))?;
        match line.strip_suffix('\n') {
            Some(name) => Ok(Self {
                name: name.into(),
                _connection: connection,
            }),
            None => Err(refused("it ended the connection".into())),
        }
    }
}
