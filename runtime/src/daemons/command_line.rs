//! Commands as users write them.

use std::path::{Path, PathBuf};

use super::file::in_utf8;
use crate::launch::{shell_template, template};

/// A command as the user writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine(Form);

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// A string that is split into words like in a shell.
    Text(String),
    Words(Vec<String>),
    /// The path of a program, in which braces are literal.
    File(PathBuf),
}

/// Types that are accepted as a command.
///
/// | | |
/// |---|---|
/// | `&str`, `String` | a string that is split into words like in a shell |
/// | arrays, slices and `Vec`s of strings | the words |
/// | `&Path`, `PathBuf` | the path of a program without arguments |
///
/// Strings and words may contain placeholders; a path is literal.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command",
    label = "expected a text, a list of words or a path",
    note = "write `\"server --port {{port}}\"`, `[\"server\", \"--port\", \"{{port}}\"]` or a `Path`"
)]
pub trait IntoCommandLine {
    /// Converts it to a command.
    #[doc(hidden)]
    fn into_command_line(self) -> CommandLine;
}

impl CommandLine {
    /// The words with their placeholders.
    pub(super) fn words(&self, shell: bool) -> Result<Vec<String>, String> {
        let by_shell = |script: String| vec!["/bin/sh".into(), "-c".into(), script];
        Ok(match &self.0 {
            Form::Text(text) if shell => by_shell(shell_template(text)),
            Form::Words(words) if shell => by_shell(shell_template(&shell_words::join(words))),
            Form::Words(words) => filled(words),
            Form::Text(text) => filled(&shell_words::split(text).map_err(|error| {
                format!("the command `{text}` cannot be split into words: {error}")
            })?),
            Form::File(path) => {
                let path = in_utf8(path)?;
                match shell {
                    true => by_shell(shell_words::quote(path).into()),
                    false => vec![path.into()],
                }
            }
        })
    }

    /// The command as the user wrote it.
    pub(super) fn shown(&self) -> String {
        match &self.0 {
            Form::Text(text) => text.clone(),
            Form::Words(words) => shell_words::join(words),
            Form::File(path) => shell_words::quote(&path.to_string_lossy()).into(),
        }
    }
}

/// Texts with their placeholders.
pub(super) fn filled(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| template(text)).collect()
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl IntoCommandLine for $text {
            fn into_command_line(self) -> CommandLine {
                CommandLine(Form::Text(self.into()))
            }
        }
    )*};
}

texts!(&str, String, &String);

macro_rules! files {
    ($($path:ty),*) => {$(
        impl IntoCommandLine for $path {
            fn into_command_line(self) -> CommandLine {
                CommandLine(Form::File(self.into()))
            }
        }
    )*};
}

files!(&Path, PathBuf, &PathBuf);

impl<T: AsRef<str>> IntoCommandLine for &[T] {
    fn into_command_line(self) -> CommandLine {
        let words = self.iter().map(|word| word.as_ref().into());
        CommandLine(Form::Words(words.collect()))
    }
}

macro_rules! lists {
    ($([$($length:ident)?] $list:ty),*) => {$(
        impl<T: AsRef<str>, $(const $length: usize)?> IntoCommandLine for $list {
            fn into_command_line(self) -> CommandLine {
                self.as_slice().into_command_line()
            }
        }
    )*};
}

lists!([] Vec<T>, [] &Vec<T>, [N] [T; N], [N] &[T; N]);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: impl IntoCommandLine, shell: bool, wanted: &[&str]) {
        let command = command.into_command_line();
        assert_eq!(command.words(shell).unwrap(), wanted);
    }

    #[test]
    fn commands_are_split_as_a_shell_would() {
        check("a 'b c' \"d\"", false, &["a", "b c", "d"]);
        check(["a", "b c"], false, &["a", "b c"]);
        check("a $B | c", true, &["/bin/sh", "-c", "a $B | c"]);
        check(Path::new("/a b"), true, &["/bin/sh", "-c", "'/a b'"]);
    }

    #[test]
    fn whatever_holds_texts_or_a_path_is_a_command() {
        let (text, words) = (String::from("a b"), vec![String::from("a"), "b".into()]);
        check(&text, false, &["a", "b"]);
        check(text, false, &["a", "b"]);
        check(&words, false, &["a", "b"]);
        check(words.as_slice(), false, &["a", "b"]);
        check(words, false, &["a", "b"]);
        let array = [String::from("a"), "b".into()];
        check(&array, false, &["a", "b"]);
        check(array, false, &["a", "b"]);
        let path = PathBuf::from("/a b{port}");
        check(&path, false, &["/a b{port}"]);
        check(path.as_path(), false, &["/a b{port}"]);
        check(path, false, &["/a b{port}"]);
    }
}
