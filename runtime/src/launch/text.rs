//! The texts of a launch: literal, except for the placeholders of [`Site`](super::Site).
//!
//! A definition inserts placeholders into its texts with `format!`. In memory, a placeholder is a mark with a random number that each
//! process draws and keeps to itself, so no password or path of the user's can imitate one. Serialized, texts look like Rust's format
//! strings: `{port}` is a placeholder, and `{{` and `}}` are braces.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::placeholder::{Placeholder, Subject};
use super::quoting::Quoting;

/// The first character of a mark. Unicode reserves it for internal use, so hardly any text contains it.
const START: char = '\u{fdd0}';

/// The first byte of [`START`].
const FIRST_BYTE: u8 = 0xef;

/// The last character of a mark, also reserved.
pub(super) const END: char = '\u{fdd1}';

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Placeholder(Placeholder<'a>),
}

/// The whole start of a mark, with the random number.
fn start() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    // The standard library's hash keys are random.
    let random = || RandomState::new().build_hasher().finish();
    WHOLE.get_or_init(|| format!("{START}{:016x}{:016x}", random(), random()))
}

/// The mark of a placeholder in this process.
pub(crate) fn mark(placeholder: &Placeholder<'_>) -> String {
    format!("{}{placeholder}{END}", start())
}

/// Returns whether a text may contain a mark. Most contain none, and searching for one byte is fast.
fn may_have_marks(text: &str) -> bool {
    text.as_bytes().contains(&FIRST_BYTE)
}

/// The text before the first mark, and the text after the start of that mark.
pub(super) fn split_at_mark(text: &str) -> Option<(&str, &str)> {
    if !may_have_marks(text) {
        return None;
    }
    let mut starts = text.match_indices(START);
    starts.find_map(|(at, _)| {
        let (before, rest) = text.split_at(at);
        Some((before, rest.strip_prefix(start())?))
    })
}

/// The pieces of a text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marked)) = split_at_mark(rest) {
        let Some((inside, after)) = marked.split_once(END) else {
            break;
        };
        let Some(placeholder) = Placeholder::read(inside) else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Placeholder(placeholder));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// The text with each piece replaced.
pub(crate) fn map<'a>(
    text: &'a str,
    mut literal: impl FnMut(&'a str) -> Cow<'a, str>,
    mut placeholder: impl FnMut(Placeholder<'a>) -> String,
) -> String {
    if !may_have_marks(text) {
        return literal(text).into_owned();
    }
    let mut mapped = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Literal(text) => mapped += &literal(text),
            Piece::Placeholder(found) => mapped += &placeholder(found),
        }
    }
    mapped
}

impl Quoting {
    /// Quotes a text. Placeholders in it are quoted when they are replaced.
    pub fn of(self, text: impl AsRef<str>) -> String {
        map(
            text.as_ref(),
            |literal| self.literal(literal),
            |mut placeholder| {
                // Ports and secrets are letters and digits, which need no quoting.
                if !matches!(placeholder.of, Subject::Port(_) | Subject::Secret) {
                    placeholder.quoted.push(self);
                }
                mark(&placeholder)
            },
        )
    }
}

/// The text with the placeholder of the template's directory replaced by this path.
pub(crate) fn in_template(text: &str, path: &Path) -> String {
    map(text, Cow::Borrowed, |placeholder| match placeholder.of {
        Subject::Template => {
            let path = path.to_string_lossy().into_owned();
            let quoted = placeholder.quoted.iter();
            quoted.fold(path, |text, quoting| quoting.literal(&text).into_owned())
        }
        _ => mark(&placeholder),
    })
}

/// Named texts.
pub(super) fn texts<N: Into<String>, V: Into<String>>(
    texts: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, String)> {
    let texts = texts.into_iter();
    texts.map(|(name, text)| (name.into(), text.into()))
}

/// Data with texts that may contain placeholders.
pub(crate) trait Texts {
    /// Visits each text.
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String));
}

impl Texts for String {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(self);
    }
}

/// A path that is not UTF-8 is not visited: it cannot contain a placeholder.
impl Texts for PathBuf {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        if let Some(text) = self.to_str() {
            let mut text = text.to_owned();
            visit(&mut text);
            *self = text.into();
        }
    }
}

impl<T: Texts> Texts for Option<T> {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|inner| inner.each_text(visit));
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.iter_mut().for_each(|inner| inner.each_text(visit));
    }
}

/// Names of variables, values, headers and fields contain no placeholders.
impl<T: Texts> Texts for BTreeMap<String, T> {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.values_mut().for_each(|inner| inner.each_text(visit));
    }
}

impl<T: Texts> Texts for (String, T) {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.1.each_text(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_starts_like_a_mark_is_literal() {
        for inside in ["", "?", "port"] {
            let text = format!("{}{inside}", start());
            assert_eq!(pieces(&text), [Piece::Literal(text.as_str())]);
        }
    }
}
