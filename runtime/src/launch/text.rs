//! The texts of a launch: literal, but for what [`Site`](super::Site) has given.
//!
//! A definition writes what the site gives it into its texts by `format!`. So that nothing else can pass for it, whatever a password or a
//! path of the user's may hold, it is a mark with a random number that every process draws for itself and shows to nobody.
//! Between processes and for people a text is written as in Rust's formats: `{port}` is a placeholder, and `{{` and `}}` are braces.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserializer, Serialize, Serializer};

use super::placeholder::{Placeholder, Subject};
use super::quoting::Quoting;

/// What no text ends a mark with but a mark: Unicode keeps it for uses inside programs.
const END: char = '\u{fdd1}';

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Placeholder(Placeholder<'a>),
}

/// What marks start with.
fn start() -> &'static str {
    static START: OnceLock<String> = OnceLock::new();
    // The keys of the hashes of the standard library are random.
    let random = || RandomState::new().build_hasher().finish();
    START.get_or_init(|| format!("\u{fdd0}{:016x}{:016x}", random(), random()))
}

/// What stands for a placeholder in a text of this process.
pub(crate) fn mark(placeholder: &Placeholder<'_>) -> String {
    format!("{}{placeholder}{END}", start())
}

/// The pieces of a text.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, marked)) = rest.split_once(start()) {
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

/// The text in which each piece has been replaced.
pub(crate) fn map<'a>(
    text: &'a str,
    mut literal: impl FnMut(&'a str) -> Cow<'a, str>,
    mut placeholder: impl FnMut(Placeholder<'a>) -> String,
) -> String {
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
    /// The text as it is written.
    pub fn of(self, text: impl AsRef<str>) -> String {
        map(
            text.as_ref(),
            |literal| self.literal(literal),
            |mut placeholder| {
                // These are letters and digits, which all ways leave alone.
                if !matches!(placeholder.of, Subject::Port(_) | Subject::Secret) {
                    placeholder.quoted.push(self);
                }
                mark(&placeholder)
            },
        )
    }
}

/// A text in which the directory of a template is this one.
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

/// A text as it is sent and shown: a placeholder in braces, and braces that mean themselves twice.
pub(crate) fn written(text: &str) -> String {
    let braces = |text: &'_ str| match text.contains(['{', '}']) {
        true => text.replace('{', "{{").replace('}', "}}"),
        false => text.to_owned(),
    };
    map(
        text,
        |text| braces(text).into(),
        |found| format!("{{{found}}}"),
    )
}

/// Reads what [`written`] gives, or says what is wrong with it.
pub(crate) fn read(written: &str) -> Result<String, String> {
    let wrong = || format!("`{written}` is no text of a launch");
    let mut text = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, braced) = rest.split_at(at);
        text += before;
        let twice = |brace: char| Some((brace, braced.strip_prefix(brace)?.strip_prefix(brace)?));
        rest = if let Some((brace, after)) = twice('{').or_else(|| twice('}')) {
            text.push(brace);
            after
        } else {
            let inside = braced
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'));
            let (inside, after) = inside.ok_or_else(wrong)?;
            text += &mark(&Placeholder::read(inside).ok_or_else(wrong)?);
            after
        };
    }
    Ok(text + rest)
}

/// Data with texts in which the supervisor fills in placeholders.
pub(crate) trait Texts {
    /// Visits each of them.
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String));
}

impl Texts for String {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(self);
    }
}

/// What is not UTF-8 is not visited; such a path holds no placeholder.
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

/// Names of variables, values, headers and fields are no such texts.
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

/// Writes texts as [`written`] does.
pub(super) fn serialize<T: Texts + Clone + Serialize, S: Serializer>(
    texts: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    let mut texts = texts.clone();
    texts.each_text(&mut |text| *text = written(text));
    texts.serialize(to)
}

/// Reads texts as [`read`] does.
pub(super) fn deserialize<'de, T: Texts + DeserializeOwned, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    let mut texts = T::deserialize(from)?;
    let mut problem = None;
    texts.each_text(&mut |text| match read(text) {
        Ok(read) => *text = read,
        Err(wrong) => problem = Some(wrong),
    });
    problem.map_or(Ok(texts), |problem| Err(D::Error::custom(problem)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Site;

    #[test]
    fn only_what_the_site_gives_is_a_placeholder() {
        let site = Site::symbolic();
        let (port, admin, database) = (site.port, site.port_named("a b"), site.value("database"));
        for (text, wanted) in [
            ("{port}".to_owned(), "{{port}}"),
            ("{{}}}".to_owned(), "{{{{}}}}}}"),
            ("\u{fdd0}port\u{fdd1}".to_owned(), "\u{fdd0}port\u{fdd1}"),
            (format!("a{port}b"), "a{port}b"),
            (format!("{{{port}}}{admin}"), "{{{port}}}{port:a%20b}"),
            (format!("{database}/{}", site.dir), "{database}/{dir}"),
            (site.value("port"), "{value:port}"),
            (String::new(), ""),
        ] {
            assert_eq!(written(&text), wanted);
            assert_eq!(read(wanted).as_ref(), Ok(&text));
        }
        for wrong in ["{", "}", "{}", "{a b}", "a}b", "{port:a:b}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_text_that_starts_like_a_mark_is_literal() {
        for inside in ["", "?", "port"] {
            let text = format!("{}{inside}", start());
            assert_eq!(pieces(&text), [Piece::Literal(text.as_str())]);
        }
    }
}
