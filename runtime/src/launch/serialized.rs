//! The serialized form of a launch's texts, in which they are sent and shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::PathBuf;
use std::str::MatchIndices;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserializer, Serialize, Serializer};

use super::placeholder::Placeholder;
use super::text::{END, Texts, mark, split_at_mark};

/// The serialized form of a text: placeholders in braces, literal braces doubled.
pub(crate) fn serialized(text: &str) -> String {
    as_serialized(text).into_owned()
}

/// The same without a copy where nothing changes, as with most texts.
fn as_serialized(text: &str) -> Cow<'_, str> {
    let (mut serialized, mut rest) = (String::new(), text);
    while let Some((before, marked)) = split_at_mark(rest) {
        // The inside of a mark is in serialized form already.
        let placeholder = marked.split_once(END);
        let Some((inside, after)) = placeholder.filter(|it| Placeholder::read(it.0).is_some())
        else {
            break;
        };
        serialized += &doubled(before);
        serialized.push('{');
        serialized += inside;
        serialized.push('}');
        rest = after;
    }
    let rest = doubled(rest);
    match serialized.is_empty() {
        true => rest,
        false => (serialized + &rest).into(),
    }
}

fn doubled(text: &str) -> Cow<'_, str> {
    match has_braces(text) {
        true => text.replace('{', "{{").replace('}', "}}").into(),
        false => text.into(),
    }
}

/// Two searches for one character are much faster than one search for either.
fn has_braces(text: &str) -> bool {
    text.contains('{') || text.contains('}')
}

/// Parses the output of [`serialized`].
pub(super) fn read(serialized: &str) -> Result<Cow<'_, str>, String> {
    if !has_braces(serialized) {
        return Ok(serialized.into());
    }
    let wrong = || format!("invalid text of a launch: `{serialized}`");
    let mut text = String::with_capacity(serialized.len());
    let (mut rest, mut braces) = (serialized, Braces::of(serialized));
    while let Some(at) = braces.next(rest) {
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
    Ok((text + rest).into())
}

/// The braces of a text. Searching for each kind separately is much faster than searching for either.
struct Braces<'a> {
    length: usize,
    opening: Peekable<MatchIndices<'a, char>>,
}

impl<'a> Braces<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            length: text.len(),
            opening: text.match_indices('{').peekable(),
        }
    }

    /// The first one in the rest of the text.
    fn next(&mut self, rest: &str) -> Option<usize> {
        let passed = self.length - rest.len();
        while self.opening.next_if(|(at, _)| *at < passed).is_some() {}
        let opening = self.opening.peek().map(|(at, _)| at - passed);
        let before = opening.map_or(Some(rest), |at| rest.get(..at))?;
        before.find('}').or(opening)
    }
}

/// Data whose texts are serialized by [`serialized`].
pub(super) trait SerializeTexts {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

struct ByTexts<'a, T>(&'a T);

impl<T: SerializeTexts> Serialize for ByTexts<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_texts(to)
    }
}

impl SerializeTexts for String {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&as_serialized(self))
    }
}

impl SerializeTexts for PathBuf {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.to_str() {
            Some(text) => to.serialize_str(&as_serialized(text)),
            None => self.serialize(to),
        }
    }
}

impl<T: SerializeTexts> SerializeTexts for Option<T> {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(ByTexts).serialize(to)
    }
}

impl<T: SerializeTexts> SerializeTexts for Vec<T> {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().map(ByTexts))
    }
}

impl<T: SerializeTexts> SerializeTexts for BTreeMap<String, T> {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter().map(|(name, text)| (name, ByTexts(text))))
    }
}

impl<T: SerializeTexts> SerializeTexts for (String, T) {
    fn serialize_texts<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (&self.0, ByTexts(&self.1)).serialize(to)
    }
}

/// Serializes texts by [`serialized`].
pub(super) fn serialize<T: SerializeTexts, S: Serializer>(
    texts: &T,
    to: S,
) -> Result<S::Ok, S::Error> {
    texts.serialize_texts(to)
}

/// Deserializes texts by [`read`].
pub(super) fn deserialize<'de, T: Texts + DeserializeOwned, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    let mut texts = T::deserialize(from)?;
    let mut problem = None;
    texts.each_text(&mut |text| match read(text) {
        Ok(Cow::Borrowed(_)) => {}
        Ok(Cow::Owned(read)) => *text = read,
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
            (format!("\u{fdd0}{port}"), "\u{fdd0}{port}"),
            (format!("a{port}b"), "a{port}b"),
            (format!("{{{port}}}{admin}"), "{{{port}}}{port:a%20b}"),
            (format!("{database}/{}", site.dir), "{database}/{dir}"),
            (site.value("port"), "{value:port}"),
            (String::new(), ""),
        ] {
            assert_eq!(serialized(&text), wanted);
            assert_eq!(read(wanted).as_deref(), Ok(text.as_str()));
        }
        for wrong in ["{", "}", "{}", "{a b}", "a}b", "{port:a:b}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
