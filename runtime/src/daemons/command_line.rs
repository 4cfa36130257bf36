//! Commands as users write them.

use crate::launch::{shell_template, template};

/// A command as the user gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum CommandLine {
    /// One text, split into words as a shell would.
    Text(String),
    /// The words.
    Words(Vec<String>),
}

impl CommandLine {
    /// The words with their placeholders, or what is wrong with them.
    pub(super) fn words(&self, shell: bool) -> Result<Vec<String>, String> {
        let by_shell = |text: &str| vec!["/bin/sh".into(), "-c".into(), shell_template(text)];
        Ok(match self {
            Self::Text(text) if shell => by_shell(text),
            Self::Words(words) if shell => by_shell(&shell_words::join(words)),
            Self::Words(words) => filled(words),
            Self::Text(text) => filled(&shell_words::split(text).map_err(|error| {
                format!("the command `{text}` cannot be split into words: {error}")
            })?),
        })
    }

    /// As the user gave it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Words(words) => shell_words::join(words),
        }
    }
}

/// Texts with their placeholders.
pub(super) fn filled(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| template(text)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_a_shell_would() {
        let check = |command: CommandLine, shell: bool, wanted: &[&str]| {
            assert_eq!(command.words(shell).unwrap(), wanted);
        };
        check("a 'b c' \"d\"".into(), false, &["a", "b c", "d"]);
        check(["a", "b c"].into(), false, &["a", "b c"]);
        check("a $B | c".into(), true, &["/bin/sh", "-c", "a $B | c"]);
    }
}
