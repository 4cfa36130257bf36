//! The placeholders in the texts of a launch.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

/// What a placeholder speaks of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placeholder<'a> {
    Directory(&'a str),
    Port(&'a str),
    Value(&'a str),
}

impl<'a> Placeholder<'a> {
    /// Reads what stands between braces.
    fn read(inside: &'a str) -> Option<Self> {
        let is_name = |name: &&str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        match inside.split_once(':') {
            Some(("port", name)) => Some(name).filter(is_name).map(Self::Port),
            Some(("dir", name)) => Some(name).filter(is_name).map(Self::Directory),
            Some(_) => None,
            None => Some(match Some(inside).filter(is_name)? {
                "port" => Self::Port(""),
                "dir" => Self::Directory(""),
                name => Self::Value(name),
            }),
        }
    }

    /// As it is written.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Port("") => "{port}".into(),
            Self::Port(name) => format!("{{port:{name}}}"),
            Self::Directory("") => "{dir}".into(),
            Self::Directory(name) => format!("{{dir:{name}}}"),
            Self::Value(name) => format!("{{{name}}}"),
        }
    }
}

/// The placeholders of a text, each with the text before it, and the rest.
///
/// It is written out, since it runs at every start, and making a regular expression alone takes milliseconds without optimisation.
pub(crate) fn placeholders(text: &str) -> (Vec<(&str, Placeholder<'_>)>, &str) {
    let mut found = Vec::new();
    let (mut rest, mut searched) = (text, 0);
    while let Some(end) = rest
        .get(searched..)
        .and_then(|unsearched| unsearched.find('}'))
    {
        let end = searched + end;
        let (head, tail) = rest.split_at(end);
        let opened = head.rfind('{');
        match opened
            .and_then(|open| Some((head.get(..open)?, Placeholder::read(head.get(open + 1..)?)?)))
        {
            Some(placeholder) => {
                found.push(placeholder);
                (rest, searched) = (tail.get(1..).unwrap_or_default(), 0);
            }
            None => searched = end + 1,
        }
    }
    (found, rest)
}

/// The same data with all its texts changed; the names of fields and variants, which are no texts, stay as they are.
pub(crate) fn rewrite<T: Serialize + DeserializeOwned>(
    data: &T,
    change: &dyn Fn(&str) -> String,
) -> Result<T, Error> {
    fn walk(value: &mut Value, change: &dyn Fn(&str) -> String) {
        match value {
            Value::String(text) => *text = change(text),
            Value::Array(values) => values.iter_mut().for_each(|value| walk(value, change)),
            Value::Object(fields) => fields.values_mut().for_each(|value| walk(value, change)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = serde_json::to_value(data)?;
    walk(&mut value, change);
    serde_json::from_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_read_and_written() {
        for (text, wanted) in [
            ("{port}", Some(Placeholder::Port(""))),
            ("{port:a-b}", Some(Placeholder::Port("a-b"))),
            ("{dir:x}", Some(Placeholder::Directory("x"))),
            ("{dir}", Some(Placeholder::Directory(""))),
            ("{secret}", Some(Placeholder::Value("secret"))),
            ("{port:}", None),
            ("{other:x}", None),
            ("{a b}", None),
        ] {
            let found = placeholders(text).0.first().map(|found| found.1);
            assert_eq!(found, wanted, "{text}");
            assert!(found.is_none_or(|found| found.text() == text));
        }
    }
}
