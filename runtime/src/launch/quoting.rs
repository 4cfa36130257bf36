//! Quoting for the places where some characters have a special meaning.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of a URL (RFC 3986, 2.3).
const URL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The same with the slashes of a path.
const PATH: &AsciiSet = &URL.remove(b'/');

/// How to quote a text for a place where some characters have a special meaning, such as a URL or a quoted string in a configuration file.
///
/// Paths may contain any character, since users choose where temporary files go. A text that contains a placeholder such as
/// [`Site::dir`](super::Site) is quoted like any other; the placeholder is quoted when it is replaced:
///
/// ```
/// use fixtured::launch::{Quoting, Site};
///
/// fn socket_url(site: &Site) -> String {
///     format!("postgresql:///test?host={}", Quoting::Path.of(site.dir))
/// }
/// ```
///
/// None of them adds the surrounding quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Quoting {
    /// One component of a URL, such as a password: everything but letters, digits and `-_.~` is percent-encoded.
    Url,
    /// A path in a URL: like [`Url`](Self::Url), but slashes stay.
    Path,
    /// Between double quotes: `"` and `\` are escaped with a backslash.
    Backslash,
    /// Between double quotes in Ceph's configuration: `#` and `;`, which would start a comment, are escaped too.
    Comment,
    /// Between double quotes in many languages: also `\n`, `\r` and `\t`; other control characters become `\x07`.
    Escape,
    /// Between double quotes in JSON: like [`Escape`](Self::Escape), but other control characters become `\u0007`.
    Json,
    /// Between double quotes in PostgreSQL's lists: `"` is doubled.
    Twice,
    /// The configuration of an OpenStack service, which replaces `$name`: `$` is doubled.
    Dollar,
    /// A file for Python's `configparser` or PasteDeploy, which replace `%(name)s`: `%` is doubled.
    Percent,
    /// A regular expression: special characters are escaped with a backslash.
    Regex,
    /// Between single quotes in standard SQL: `'` is doubled.
    Sql,
    /// A shell command, outside quotes. The text is one word or a part of one.
    Shell,
    /// A shell command, between double quotes.
    ShellDouble,
    /// A shell command, between single quotes.
    ShellSingle,
}

impl Quoting {
    const ALL: [Self; 14] = [
        Self::Url,
        Self::Path,
        Self::Backslash,
        Self::Comment,
        Self::Escape,
        Self::Json,
        Self::Twice,
        Self::Dollar,
        Self::Percent,
        Self::Regex,
        Self::Sql,
        Self::Shell,
        Self::ShellDouble,
        Self::ShellSingle,
    ];

    /// Quotes a text without placeholders. Quoting two texts separately and joining them is the same as quoting the joined text.
    pub(crate) fn literal(self, text: &str) -> Cow<'_, str> {
        let url = |set| Cow::from(utf8_percent_encode(text, set));
        match self {
            Self::Url => url(URL),
            Self::Path => url(PATH),
            _ if !text.contains(|letter| self.letter(letter).is_some()) => text.into(),
            _ => {
                let mut quoted = String::with_capacity(text.len() + 8);
                for letter in text.chars() {
                    match self.letter(letter) {
                        Some(instead) => quoted += &instead,
                        None => quoted.push(letter),
                    }
                }
                quoted.into()
            }
        }
    }

    /// The replacement of a character, if it needs one.
    fn letter(self, letter: char) -> Option<String> {
        let escaped = || Some(format!("\\{letter}"));
        match self {
            Self::Url | Self::Path => None,
            Self::Backslash => matches!(letter, '"' | '\\').then(escaped)?,
            Self::Comment => matches!(letter, '"' | '\\' | '#' | ';').then(escaped)?,
            Self::Escape | Self::Json => match letter {
                '"' | '\\' => escaped(),
                '\n' => Some("\\n".into()),
                '\r' => Some("\\r".into()),
                '\t' => Some("\\t".into()),
                '\0'..' ' | '\x7f' if self == Self::Json => {
                    Some(format!("\\u{:04x}", u32::from(letter)))
                }
                '\0'..' ' | '\x7f' => Some(format!("\\x{:02x}", u32::from(letter))),
                _ => None,
            },
            Self::Twice => (letter == '"').then(|| "\"\"".into()),
            Self::Dollar => (letter == '$').then(|| "$$".into()),
            Self::Percent => (letter == '%').then(|| "%%".into()),
            Self::Regex => r"\.+*?()|[]{}^$#&-~".contains(letter).then(escaped)?,
            Self::Sql => (letter == '\'').then(|| "''".into()),
            // A backslash before a line feed would remove it.
            Self::Shell if letter == '\n' => Some("'\n'".into()),
            Self::Shell => {
                let plain = letter.is_alphanumeric() || "_-./:=@%+,".contains(letter);
                (!plain).then(escaped)?
            }
            Self::ShellDouble => r#"$`"\"#.contains(letter).then(escaped)?,
            Self::ShellSingle => (letter == '\'').then(|| r"'\''".into()),
        }
    }

    /// Its name in a placeholder.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Path => "path",
            Self::Backslash => "backslash",
            Self::Comment => "comment",
            Self::Escape => "escape",
            Self::Json => "json",
            Self::Twice => "twice",
            Self::Dollar => "dollar",
            Self::Percent => "percent",
            Self::Regex => "regex",
            Self::Sql => "sql",
            Self::Shell => "shell",
            Self::ShellDouble => "shell-double",
            Self::ShellSingle => "shell-single",
        }
    }

    /// Finds a quoting by its name in a placeholder.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quoting| quoting.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Site;
    use crate::launch::serialized;

    #[test]
    fn each_place_has_its_way() {
        for (quoting, text, wanted) in [
            (Quoting::Url, "a/b c~é", "a%2Fb%20c~%C3%A9"),
            (Quoting::Path, "/a b?", "/a%20b%3F"),
            (Quoting::Backslash, "a\"\\\n", "a\\\"\\\\\n"),
            (Quoting::Comment, "a#\\;$", "a\\#\\\\\\;$"),
            (Quoting::Escape, "\"\\\n\x07", r#"\"\\\n\x07"#),
            (Quoting::Json, "\x07é", r"\u0007é"),
            (Quoting::Twice, "a\"b\\", "a\"\"b\\"),
            (Quoting::Dollar, "$a%", "$$a%"),
            (Quoting::Percent, "$a%", "$a%%"),
            (Quoting::Regex, "/a.b(c", r"/a\.b\(c"),
            (Quoting::Sql, "it's \"", "it''s \""),
            (Quoting::Shell, "/a b'é$\n", "/a\\ b\\'é\\$'\n'"),
            (Quoting::ShellDouble, "a b'\"$", "a b'\\\"\\$"),
            (Quoting::ShellSingle, "a b'", r"a b'\''"),
        ] {
            assert_eq!(quoting.of(text), wanted);
            assert_eq!(Quoting::named(quoting.name()), Some(quoting));
        }
        assert!(
            Quoting::ALL
                .iter()
                .all(|it| it.of("plain/") == "plain/" || *it == Quoting::Url)
        );
    }

    #[test]
    fn what_is_not_known_yet_is_quoted_later() {
        let text = Quoting::Dollar.of(Quoting::Path.of(format!("{} $", Site::symbolic().dir)));
        assert_eq!(serialized(&text), "{dir|path|dollar}%20%24");
    }
}
