//! Why the files of a directory cannot be understood.

use std::path::Path;

use super::problem::Problem;
use super::root::Root;

/// What is wrong with a file, which is named as a path below the directory; with the directory itself if it has no name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Odd {
    file: String,
    line: Option<usize>,
    reason: String,
}

impl Odd {
    /// Something is wrong with a file.
    pub(super) fn new(file: &str, reason: impl Into<String>) -> Self {
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

    /// As a user is told.
    pub(super) fn below(self, root: &Root) -> Problem {
        let problem = Problem::new(root.shown(Path::new(&self.file)), self.reason);
        match self.line {
            Some(line) => problem.at(line),
            None => problem,
        }
    }
}
