//! Placeholders, which the supervisor replaces.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::quoting::Quoting;

/// The characters of a name that must be encoded.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-').remove(b'.');

/// A placeholder for something that is known when the daemon starts, and how to quote it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placeholder<'a> {
    pub(crate) of: Subject<'a>,
    /// The quotings to apply, in this order.
    pub(crate) quoted: Vec<Quoting>,
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject<'a> {
    Directory(Cow<'a, str>),
    Port(Cow<'a, str>),
    Value(Cow<'a, str>),
    Secret,
    Template,
}

impl<'a> Placeholder<'a> {
    /// Parses the text between the braces.
    pub(super) fn read(inside: &'a str) -> Option<Self> {
        let mut parts = inside.split('|');
        let of = Subject::read(parts.next()?)?;
        let quoted = parts.map(Quoting::named).collect::<Option<_>>()?;
        Some(Self { of, quoted })
    }
}

impl<'a> From<Subject<'a>> for Placeholder<'a> {
    fn from(of: Subject<'a>) -> Self {
        let quoted = Vec::new();
        Self { of, quoted }
    }
}

impl fmt::Display for Placeholder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.of)?;
        let mut quoted = self.quoted.iter();
        quoted.try_for_each(|quoting| write!(f, "|{}", quoting.name()))
    }
}

impl<'a> Subject<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let decoded = |name: &'a str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.%".contains(&byte);
            let name = Some(name).filter(|name| !name.is_empty() && name.bytes().all(plain))?;
            percent_decode_str(name).decode_utf8().ok()
        };
        Some(match text.split_once(':') {
            Some(("dir", name)) => Self::Directory(decoded(name)?),
            Some(("port", name)) => Self::Port(decoded(name)?),
            Some(("value", name)) => Self::Value(decoded(name)?),
            Some(_) => return None,
            None => match text {
                "dir" => Self::Directory("".into()),
                "port" => Self::Port("".into()),
                "secret" => Self::Secret,
                "template" => Self::Template,
                name => Self::Value(decoded(name)?),
            },
        })
    }
}

impl Subject<'_> {
    /// The same without a borrow.
    pub(crate) fn into_owned(self) -> Subject<'static> {
        let owned = |name: Cow<'_, str>| Cow::Owned(name.into_owned());
        match self {
            Self::Directory(name) => Subject::Directory(owned(name)),
            Self::Port(name) => Subject::Port(owned(name)),
            Self::Value(name) => Subject::Value(owned(name)),
            Self::Secret => Subject::Secret,
            Self::Template => Subject::Template,
        }
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |f: &mut fmt::Formatter<'_>, kind: &str, name: &str| {
            write!(f, "{kind}:{}", utf8_percent_encode(name, NAME))
        };
        match self {
            Self::Directory(name) if name.is_empty() => f.write_str("dir"),
            Self::Directory(name) => named(f, "dir", name),
            Self::Port(name) if name.is_empty() => f.write_str("port"),
            Self::Port(name) => named(f, "port", name),
            Self::Value(name) if matches!(&**name, "dir" | "port" | "secret" | "template") => {
                named(f, "value", name)
            }
            Self::Value(name) => write!(f, "{}", utf8_percent_encode(name, NAME)),
            Self::Secret => f.write_str("secret"),
            Self::Template => f.write_str("template"),
        }
    }
}
