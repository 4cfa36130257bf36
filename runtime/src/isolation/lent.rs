//! What a server lends.

use super::patience::Patience;
use super::problem::Problem;
use super::wire::{Processes, Wire, malformed};
use crate::error::Refused;
use crate::launch::Lender;

/// No name is longer.
const LONGEST: usize = 4 << 10;

/// A lent part, which is released when this is dropped or the supervisor ends.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) name: String,
    _connection: Wire,
}

impl Lent {
    pub(super) fn from(
        lender: &Lender,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Refused> {
        let lent = || {
            let mut connection = Wire::open(&lender.socket, processes, patience)
                .map_err(|problem| problem.while_connecting(&lender.socket))?;
            let name = connection.line(LONGEST, patience)?;
            let name = String::from_utf8(name).map_err(|_| malformed())?;
            Ok::<_, Problem>(Self {
                name,
                _connection: connection,
            })
        };
        let asked = || format!("a line with a name, at {}", lender.socket);
        lent().map_err(|problem| problem.refuses(asked()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::error::Reason;

    /// What is lent by a server that answers with these bytes and then ends the connection, or waits for the end of it.
    fn check(name: &str, answer: &'static [u8], waits: bool) -> Result<String, Reason> {
        lent(name, answer, waits, &Patience::of(Duration::from_secs(60)))
    }

    fn lent(
        name: &str,
        answer: &'static [u8],
        waits: bool,
        patience: &Patience<'_>,
    ) -> Result<String, Reason> {
        let path = format!("fixtured-lent-{name}-{}", std::process::id());
        let path: PathBuf = std::env::temp_dir().join(path);
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.write_all(answer).unwrap();
            waits.then(|| connection.read(&mut [0]).unwrap())
        });
        let lender = Lender {
            socket: path.display().to_string(),
            values: Vec::new(),
        };
        let lent = Lent::from(&lender, &Processes::none(), patience);
        let result = lent.map(|lent| lent.name.clone());
        // What was lent has been dropped, which the server sees.
        assert_eq!(server.join().unwrap(), waits.then_some(0));
        std::fs::remove_file(&path).unwrap();
        result.map_err(|refused| refused.reason)
    }

    #[test]
    fn a_line_is_the_name_until_the_connection_ends() {
        assert_eq!(check("line", b"test1\n", true), Ok("test1".into()));
        let short = Patience::of(Duration::from_millis(50));
        assert_eq!(lent("silent", b"test", true, &short), Err(Reason::Late));
        let closed = || Err(Reason::Said("it closed the connection".into()));
        assert_eq!(check("half", b"test", false), closed());
        assert_eq!(check("nothing", b"", false), closed());
    }
}
