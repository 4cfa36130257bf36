//! Why a server did not do what it was asked for.

use std::{fmt, io};

use crate::error::{Doing, Label, Reason, Refused, Remark};

/// What the system says where a disk or a quota is full.
const NO_ROOM: [&str; 2] = ["No space left on device", "Disk quota exceeded"];
const CLOSED: &str = "it closed the connection";

/// Why the server did not do what it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    /// What it says: a code and a message.
    pub(super) text: String,
    /// How many statements before it had completed.
    pub(super) done: usize,
    /// Which character of the text is to blame, counted from 1.
    pub(super) position: Option<usize>,
    /// What it says beside it.
    pub(super) remarks: Vec<Remark>,
    /// Where the server is, if we had not got in yet.
    pub(super) connecting: Option<String>,
}

/// What sort of problem it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// The server refuses, with this error code.
    Refused(String),
    /// The server has no room left on its disk.
    Full,
    /// The connection has failed, or cannot be made.
    Disconnected,
    /// It is not done by the deadline.
    Late,
    /// Nobody waits for it any more.
    Unwanted,
}

impl Problem {
    pub(super) fn new(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        // Servers quote the system, each with codes of its own.
        let kind = match kind {
            Kind::Refused(_) if NO_ROOM.iter().any(|words| text.contains(words)) => Kind::Full,
            kind => kind,
        };
        Self {
            kind,
            text,
            done: 0,
            position: None,
            remarks: Vec::new(),
            connecting: None,
        }
    }

    /// The same, met before the server at this address had let us in.
    pub(super) fn while_connecting(self, address: &str) -> Self {
        let connecting = Some(address.into());
        Self { connecting, ..self }
    }

    /// Returns whether another connection may do better.
    pub(super) fn is_of_connection(&self) -> bool {
        self.kind == Kind::Disconnected
    }

    /// Returns whether the other side has closed the connection.
    pub(super) fn is_closed(&self) -> bool {
        self.is_of_connection() && self.text == CLOSED
    }

    /// Returns whether the wait was over before the server had answered.
    pub(super) fn is_early(&self) -> bool {
        matches!(self.kind, Kind::Late | Kind::Unwanted)
    }

    /// Returns whether the server has understood, and does not do it.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.kind, Kind::Refused(_) | Kind::Full)
    }

    /// Returns whether the server refuses with this code.
    pub(super) fn has_code(&self, code: &str) -> bool {
        matches!(&self.kind, Kind::Refused(found) if found == code)
    }

    /// The other side has closed the connection.
    pub(super) fn closed() -> Self {
        Self::new(Kind::Disconnected, CLOSED)
    }

    /// It was not done by the deadline.
    pub(super) fn late() -> Self {
        Self::new(Kind::Late, "no answer")
    }

    /// A statement of ours has not been done for this reason.
    pub(super) fn refuses(&self, statement: impl Into<String>) -> Refused {
        self.stops(Doing::Statement(statement.into()))
    }

    /// This has not been done for this reason.
    pub(super) fn stops(&self, doing: Doing) -> Refused {
        let reason = match self.kind {
            Kind::Late => Reason::Late,
            Kind::Unwanted => Reason::Unwanted,
            Kind::Full => Reason::Full {
                said: self.text.clone(),
                room: None,
            },
            Kind::Refused(_) | Kind::Disconnected => Reason::Said(self.text.clone()),
        };
        let doing = match &self.connecting {
            Some(address) => Doing::Connect(address.clone()),
            None => doing,
        };
        Refused {
            doing,
            reason,
            remarks: self.remarks.clone(),
        }
    }

    /// Where in code of the server's the error was met.
    pub(super) fn context(&self) -> Option<&str> {
        let found = self
            .remarks
            .iter()
            .find(|remark| remark.label == Label::Context);
        found.map(|remark| remark.text.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::closed(),
            _ => Self::new(Kind::Disconnected, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_full_disk_means_is_seen_in_the_words_of_the_system() {
        let kind = |text: &str| Problem::new(Kind::Refused("1".into()), text).kind;
        let full =
            "ERROR 1030 (HY000): Got error 28 \"No space left on device\" from storage engine";
        assert_eq!(kind(full), Kind::Full);
        assert_eq!(kind("ERROR 1064: x"), Kind::Refused("1".into()));
        let lost = Problem::new(Kind::Disconnected, "No space left on device");
        assert_eq!(lost.kind, Kind::Disconnected);
    }
}
