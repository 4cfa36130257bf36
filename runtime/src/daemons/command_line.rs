//! Commands as users write them.

/// A command as the user gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandLine {
    /// One text, split into words as a shell would.
    Text(String),
    /// The words.
    Words(Vec<String>),
}

impl From<&str> for CommandLine {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for CommandLine {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<String>> From<Vec<T>> for CommandLine {
    fn from(words: Vec<T>) -> Self {
        Self::Words(words.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for CommandLine {
    fn from(words: [T; N]) -> Self {
        Self::Words(words.into_iter().map(Into::into).collect())
    }
}

impl<T: AsRef<str>> From<&[T]> for CommandLine {
    fn from(words: &[T]) -> Self {
        Self::Words(words.iter().map(|word| word.as_ref().into()).collect())
    }
}
