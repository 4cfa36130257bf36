//! What is sent at once.

use std::borrow::Cow;

use super::pieces::Part;
use crate::isolation::problem::Problem;

/// A part of a script that is sent at once.
#[derive(Debug)]
pub(in crate::isolation::postgres) struct Unit<'a> {
    /// Where in the script it begins and ends.
    pub(in crate::isolation::postgres) at: usize,
    pub(in crate::isolation::postgres) end: usize,
    /// What is sent: that part of the script, or something in its place.
    pub(in crate::isolation::postgres) text: Cow<'a, str>,
    /// The data for its last statement.
    pub(in crate::isolation::postgres) data: Option<Part<'a>>,
}

impl Unit<'_> {
    /// Returns whether it is a part of the script as it is.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// Where the line of the data begins that the server complains of.
    pub(super) fn data_line(&self, problem: &Problem) -> Option<usize> {
        let data = self.data?;
        let mut contexts = problem.context()?.lines();
        let line = contexts
            .find_map(|line| line.strip_prefix("COPY ")?.split_once(", line "))?
            .1;
        let end = line
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(line.len());
        let line: usize = line.get(..end)?.parse().ok()?;
        let before = data
            .text
            .match_indices('\n')
            .take(line.checked_sub(1)?)
            .last();
        Some(data.at + before.map_or(0, |(end, _)| end + 1))
    }
}
