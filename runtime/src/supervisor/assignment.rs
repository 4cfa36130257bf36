//! What a copy of the test binary is told.

use std::ffi::OsStr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::process::Identity;

/// The variable that tells a copy of the test binary what to do.
pub(super) const VARIABLE: &str = "FIXTURED_SUPERVISOR";

/// A program may have two versions of this crate. Each starts its own supervisor, which the other leaves alone.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a supervisor is told.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// The session's directory, which is there.
    pub(super) session: PathBuf,
    /// The process whose end is the end of the session.
    pub(super) runner: Identity,
    /// Where data goes, if the user has said.
    pub(super) data: Option<PathBuf>,
}

impl Assignment {
    /// As the variable's value: the version, a space, and JSON.
    pub(super) fn to_text(&self) -> serde_json::Result<String> {
        Ok(format!("{VERSION} {}", serde_json::to_string(self)?))
    }

    /// What the supervisor of another session was told, which may be of another version.
    pub(super) fn of_any_version(text: &[u8]) -> Option<Self> {
        let json = text.iter().position(|byte| *byte == b'{')?;
        serde_json::from_slice(text.get(json..)?).ok()
    }

    /// The assignment, if it is one for this version of the crate.
    pub(super) fn from_text(text: &OsStr) -> Option<Self> {
        let json = text.to_str()?.strip_prefix(VERSION)?.strip_prefix(' ')?;
        serde_json::from_str(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_version_is_told() {
        let assignment = Assignment {
            session: "/site/a b".into(),
            runner: Identity {
                pid: 4242,
                started: 7,
            },
            data: None,
        };
        let text = assignment.to_text().unwrap();
        let read = |text: &str| Assignment::from_text(OsStr::new(text));
        let other = text.replacen(VERSION, "99.0.0", 1);
        assert_eq!(
            Assignment::of_any_version(other.as_bytes()).as_ref(),
            Some(&assignment)
        );
        assert_eq!(read(&text), Some(assignment));
        assert_eq!(read(&text.replacen(VERSION, "99.0.0", 1)), None);
        assert_eq!(
            read(&text.replacen(VERSION, &format!("{VERSION}1"), 1)),
            None
        );
        assert_eq!(read(""), None);
    }
}
