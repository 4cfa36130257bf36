//! A text of a launch as it is sent and shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::path::PathBuf;
use std::str::MatchIndices;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserializer, Serialize, Serializer};

use super::placeholder::Placeholder;
use super::text::{END, Texts, mark, split_at_mark};

/// A placeholder in braces, and braces that mean themselves twice.
pub(crate) fn written(text: &str) -> String {
    as_written(text).into_owned()
}

/// The same. Most texts are written as they are.
fn as_written(text: &str) -> Cow<'_, str> {
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, marked)) = split_at_mark(rest) {
        // What is inside is written already.
        let placeholder = marked.split_once(END);
        let Some((inside, after)) = placeholder.filter(|it| Placeholder::read(it.0).is_some())
        else {
            break;
        };
        written += &doubled(before);
        written.push('{');
        written += inside;
        written.push('}');
        rest = after;
    }
    let rest = doubled(rest);
    match written.is_empty() {
        true => rest,
        false => (written + &rest).into(),
    }
}

fn doubled(text: &str) -> Cow<'_, str> {
    match has_braces(text) {
        true => text.replace('{', "{{").replace('}', "}}").into(),
        false => text.into(),
    }
}

/// One letter is found much faster than one of several.
fn has_braces(text: &str) -> bool {
    text.contains('{') || text.contains('}')
}

/// Reads what [`written`] gives, or says what is wrong with it.
pub(super) fn read(written: &str) -> Result<Cow<'_, str>, String> {
    if !has_braces(written) {
        return Ok(written.into());
    }
    let wrong = || format!("`{written}` is no text of a launch");
    let mut text = String::with_capacity(written.len());
    let (mut rest, mut braces) = (written, Braces::of(written));
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

/// The braces of a text. To look for one of two letters takes much longer than to look for each.
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

/// Data with texts that are sent as [`written`] gives them.
pub(super) trait Written {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

struct AsWritten<'a, T>(&'a T);

impl<T: Written> Serialize for AsWritten<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

impl Written for String {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&as_written(self))
    }
}

impl Written for PathBuf {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.to_str() {
            Some(text) => to.serialize_str(&as_written(text)),
            None => self.serialize(to),
        }
    }
}

impl<T: Written> Written for Option<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(AsWritten).serialize(to)
    }
}

impl<T: Written> Written for Vec<T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter().map(AsWritten))
    }
}

impl<T: Written> Written for BTreeMap<String, T> {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter().map(|(name, text)| (name, AsWritten(text))))
    }
}

impl<T: Written> Written for (String, T) {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (&self.0, AsWritten(&self.1)).serialize(to)
    }
}

/// Writes texts as [`written`] does.
pub(super) fn serialize<T: Written, S: Serializer>(texts: &T, to: S) -> Result<S::Ok, S::Error> {
    texts.write(to)
}

/// Reads texts as [`read`] does.
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
            assert_eq!(written(&text), wanted);
            assert_eq!(read(wanted).as_deref(), Ok(text.as_str()));
        }
        for wrong in ["{", "}", "{}", "{a b}", "a}b", "{port:a:b}"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
