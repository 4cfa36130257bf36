//! Why a server did not do what it was asked for.

use std::{fmt, io};

use super::Refused;

/// Why the server did not do what it was asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Problem {
    /// What it says: a code and a message.
    pub(super) text: String,
    /// How many statements before had been carried out.
    pub(super) done: usize,
    /// Which character of the text is to blame, counted from 1.
    pub(super) position: Option<usize>,
    /// Whether it was the connection that failed.
    pub(super) disconnected: bool,
}

impl Problem {
    /// What has been refused for this reason.
    pub(super) fn refuses(&self, statement: impl Into<String>) -> Refused {
        Refused {
            statement: statement.into(),
            reason: self.text.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self {
            text: error.to_string(),
            disconnected: true,
            ..Self::default()
        }
    }
}
