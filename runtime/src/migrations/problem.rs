//! Why files cannot be run.

use std::fmt::{self, Display, Formatter};

use crate::error::{Doing, Reason, Refused};

/// Why a file or a directory cannot be read, or not be understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// Its path, as messages show it.
    pub(super) file: String,
    /// Counted from 1.
    pub(super) line: Option<usize>,
    pub(super) reason: String,
}

impl Problem {
    /// Something is wrong with a file or a directory as a whole.
    pub(super) fn new(file: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            reason: reason.into(),
        }
    }

    /// The same, in this line.
    pub(super) fn at(self, line: usize) -> Self {
        let line = Some(line);
        Self { line, ..self }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { file, line, reason } = self;
        write!(f, "cannot read `{file}`")?;
        if let Some(line) = line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {reason}")
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let Problem { file, line, reason } = problem;
        Self::new(Doing::Read { file, line }, Reason::Said(reason))
    }
}
