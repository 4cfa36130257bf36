//! How processes end, and what they print last.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    Code(i32),
    Signal(i32),
    /// Its keeper was killed, so nobody saw how it ended.
    Unseen,
}

impl Display for End {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => match Signal::try_from(*number) {
                Ok(signal) => write!(f, "killed by {signal}"),
                Err(_) => write!(f, "killed by signal {number}"),
            },
            Self::Unseen => write!(f, "killed, together with its keeper"),
        }
    }
}

/// The end of what a daemon has printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LogTail {
    pub(crate) path: PathBuf,
    pub(crate) lines: Vec<String>,
}

impl Display for LogTail {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\n  log:     {}", self.path.display())?;
        if self.lines.is_empty() {
            write!(f, " (empty)")?;
        }
        self.lines
            .iter()
            .try_for_each(|line| write!(f, "\n    | {line}"))
    }
}
