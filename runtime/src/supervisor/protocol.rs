//! The protocol between client and supervisor. No other file knows the wire format.
//!
//! A message is its length in four bytes, big-endian, and then JSON. Two parts that would be slow as JSON follow it: the requested launch,
//! preceded by its length, and the environment of the client, which may not be UTF-8. Both sides are the same version of this crate, since
//! the version is part of the session's name.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Deserializer;

use super::environment;
use super::launch_request::LaunchRequest;
use super::overview::Overview;
use crate::error::{Cause, End};
use crate::hold::{How, Terms, WireOrder};
use crate::instance::Facts;
use crate::process::Environment;
use crate::startup::Phase;
use crate::state::State;

/// A longer message is none of ours.
const LONGEST: usize = 64 << 20;

/// What a client asks. The first request is always [`Request::Acquire`]; the others are about what it acquired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Request {
    Acquire {
        #[serde(skip)]
        wanted: LaunchRequest,
        terms: Terms,
        /// The name of the test, for `fixtured status`.
        test: String,
    },
    /// Start a daemon that tests of the session then use too. It may take the place of the first request.
    Hold {
        #[serde(skip)]
        wanted: LaunchRequest,
    },
    /// The answer to [`Reply::Prepare`].
    Prepared(Result<(), String>),
    /// Stop the daemon or the process of this name, but keep its place and what it has written.
    Stop { process: Option<String>, how: How },
    /// Start the daemon or the process of this name again, in its place.
    Start {
        process: Option<String>,
        #[serde(skip)]
        environment: Environment,
    },
    /// Kill the daemon or the process of this name, but keep its place and what it has written.
    Kill(Option<String>),
    /// Stop the daemon or the process of this name with SIGSTOP, descendants too.
    Pause(Option<String>),
    /// Resume it.
    Resume(Option<String>),
    /// Have its part of the daemon be what it was in the beginning.
    Reset,
    /// Have its wire do this.
    Wire(WireOrder),
    /// Which of its processes have been started and not been stopped?
    Processes,
    /// Does the process of this name run, or the main process, and if it does not, how did it end?
    StateOf(Option<String>),
    /// Stop the daemon and forget it.
    Release(How),
    /// Which other tests have used the daemon since the client got it?
    Beside,
    /// Keep the log at this path after the end of the session.
    KeepLog(PathBuf),
    /// Keep what the client holds after the end of the session.
    Keep,
    /// Does it run, and if it does not, how did it end?
    Status,
    /// What is there in the session? It may be the first request, since it is about nothing in particular.
    Overview,
}

/// What the supervisor answers, one reply for each request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The progress of the start for a [`Request::Hold`]. The final answer follows.
    Phase(Phase),
    Acquired(Box<Facts>),
    /// It is this client's turn to prepare what all start from.
    Prepare(Box<Facts>),
    Done,
    /// It is kept until the process with this number is asked to end.
    Kept(u32),
    Status {
        runs: bool,
        ended: Option<End>,
    },
    StateOf(State),
    /// The names of tests.
    Beside(Vec<String>),
    /// Name, number and whether it runs.
    Processes(Vec<(String, u32, bool)>),
    Overview(Box<Overview>),
    Failed(Cause),
}

/// What client or supervisor says.
pub(crate) trait Message: Serialize + DeserializeOwned {
    /// Writes what is sent behind the JSON.
    fn write_rest(&self, _to: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    /// Reads what is sent behind the JSON.
    fn read_rest(&mut self, _rest: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

impl Message for Request {
    fn write_rest(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Acquire { wanted, .. } | Self::Hold { wanted } => wanted.write(to),
            Self::Start { environment, .. } => environment::write(environment, to),
            _ => Ok(()),
        }
    }

    fn read_rest(&mut self, rest: &[u8]) -> io::Result<()> {
        match self {
            Self::Acquire { wanted, .. } | Self::Hold { wanted } => {
                *wanted = LaunchRequest::read(rest)?;
            }
            Self::Start { environment, .. } => *environment = environment::read(rest)?,
            _ => {}
        }
        Ok(())
    }
}

impl Message for Reply {}

/// Sends a message.
pub(crate) fn send<T: Message>(mut to: impl Write, message: &T) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(4096);
    bytes.extend([0; 4]);
    serde_json::to_writer(&mut bytes, message)?;
    message.write_rest(&mut bytes)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes.splice(..4, length.to_be_bytes());
    to.write_all(&bytes)
}

/// Receives a message. `None` means that the other side is gone.
pub(crate) fn receive<T: Message>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        result => result?,
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the message is too long",
        ));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    let mut json = Deserializer::from_slice(&bytes).into_iter::<T>();
    let mut message = json.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    let rest = bytes.get(json.byte_offset()..).unwrap_or_default();
    message.read_rest(rest)?;
    Ok(Some(message))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::fmt::Debug;
    use std::os::unix::ffi::OsStringExt;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::launch::{Launch, Scope};

    fn check<T: Message + PartialEq + Debug>(message: &T) {
        let mut bytes = Vec::new();
        send(&mut bytes, message).unwrap();
        assert_eq!(receive::<T>(&bytes[..]).unwrap().as_ref(), Some(message));
        assert!(receive::<T>(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let launch = Arc::new(Launch::new("x"));
        let bytes = |bytes: &[u8]| OsString::from_vec(bytes.into());
        let environment = BTreeMap::from([
            ("A".into(), "ä\n\"".into()),
            ("B".into(), bytes(b"\xff")),
            (bytes(b"\xfe"), "c".into()),
        ]);
        let wanted = LaunchRequest {
            launch,
            environment,
        };
        check(&Request::Acquire {
            wanted,
            terms: Terms {
                scope: Scope::Session,
                wired: true,
            },
            test: "t".into(),
        });
        check(&Request::Release(How::default()));
        check(&Request::Wire(WireOrder::Delay(Duration::from_millis(1))));
        check(&Reply::Acquired(Box::default()));
        check(&Reply::Overview(Box::default()));
        check(&Reply::Status {
            runs: false,
            ended: Some(End::Signal(9)),
        });
    }

    #[test]
    fn the_end_is_no_message_and_a_long_one_is_refused() {
        assert!(receive::<Reply>(&b""[..]).unwrap().is_none());
        assert!(receive::<Reply>(&u32::MAX.to_be_bytes()[..]).is_err());
    }
}
