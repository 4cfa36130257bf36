//! How processes end.

use std::fmt::{self, Display, Formatter};

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    Code(i32),
    Signal(i32),
    /// Its keeper was killed, so its exit status is unknown.
    Unseen,
}

impl End {
    pub(crate) fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(_) | Self::Unseen => None,
        }
    }

    pub(crate) fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(number) => Some(number),
            Self::Code(_) | Self::Unseen => None,
        }
    }

    /// Returns whether this end equals `returncode`: an exit status, or a negative signal number as in Python.
    pub(crate) fn is(self, returncode: i32) -> bool {
        match self {
            Self::Code(code) => code == returncode,
            Self::Signal(number) => -number == returncode,
            Self::Unseen => false,
        }
    }
}

impl Display for End {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(number) => write!(f, "killed by {}", signal_name(*number)),
            Self::Unseen => write!(f, "killed together with its keeper"),
        }
    }
}

/// A signal as people call it.
pub(super) fn signal_name(number: i32) -> String {
    match Signal::try_from(number) {
        Ok(signal) => signal.to_string(),
        Err(_) => format!("signal {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_named() {
        assert_eq!(End::Signal(9).to_string(), "killed by SIGKILL");
        assert_eq!(End::Signal(40).to_string(), "killed by signal 40");
        assert_eq!(End::Code(3).to_string(), "exit status 3");
    }

    #[test]
    fn a_negative_number_means_a_signal() {
        assert!(End::Signal(9).is(-9) && End::Code(9).is(9));
        assert!(!End::Signal(9).is(9) && !End::Code(9).is(-9) && !End::Unseen.is(0));
    }
}
