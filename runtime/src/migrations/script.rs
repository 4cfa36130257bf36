//! What is run at the server.

/// Statements to run, in one go if the server allows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Script {
    /// The file that they come from, as messages show it.
    pub(crate) file: String,
    /// The line of the file at which the text begins, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// Whether the user has said that there must be no transaction around it.
    pub(crate) alone: bool,
}

impl Script {
    /// A whole file.
    pub(super) fn whole(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: 1,
            text: text.into(),
            alone: false,
        }
    }

    /// Whether there must be no transaction around it.
    pub(super) fn alone(self, alone: bool) -> Self {
        Self { alone, ..self }
    }
}
