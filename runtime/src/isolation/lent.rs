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
            statement: format!("lend something, at {}", lender.socket),
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
            None => Err(refused("the connection was closed".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::thread;

    use super::*;

    /// What is lent by a server that answers with these bytes and then ends the connection, or waits for the end of it.
    fn check(name: &str, answer: &'static [u8], waits: bool) -> Result<String, String> {
        let path = format!("fixtured-lent-{name}-{}", std::process::id());
        let path: PathBuf = std::env::temp_dir().join(path);
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.write_all(answer).unwrap();
            waits.then(|| connection.read(&mut [0]).unwrap())
        });
        let lent = Lent::from(&Lender {
            socket: path.display().to_string(),
            values: Vec::new(),
        });
        let result = lent.map(|lent| lent.name.clone());
        // What was lent has been dropped, which the server sees.
        assert_eq!(server.join().unwrap(), waits.then_some(0));
        std::fs::remove_file(&path).unwrap();
        result.map_err(|refused| refused.reason)
    }

    #[test]
    fn a_line_is_the_name_until_the_connection_ends() {
        assert_eq!(check("line", b"test1\n", true), Ok("test1".into()));
        let closed = || Err("the connection was closed".to_owned());
        assert_eq!(check("half", b"test", false), closed());
        assert_eq!(check("nothing", b"", false), closed());
    }
}
