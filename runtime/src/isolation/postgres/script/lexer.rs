//! The tokens of a script, as far as finding the ends of its statements needs them.

/// What stands at a place of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Blank,
    Comment,
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Name,
    /// A text in quotes of any kind.
    Text,
    Semicolon,
    Open,
    Close,
    /// Of one of psql's commands.
    Backslash,
    /// Numbers and operators, with the blanks after them.
    Other,
}

/// A part of a script that belongs together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// Where in the script it begins.
    pub(super) at: usize,
    pub(super) text: &'a str,
}

/// The tokens of a script from a place on. Put together they are the script. The rules are those of the server and of psql
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html>).
///
/// It looks at bytes, since it must be quick without optimisation too: a token ends where one of ASCII does.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    script: &'a str,
    pub(super) at: usize,
    /// Whether a backslash in `'…'` is one (`standard_conforming_strings`).
    pub(super) standard: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(script: &'a str, at: usize, standard: bool) -> Self {
        Self {
            script,
            at,
            standard,
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.script.get(self.at..)?;
        let (kind, length) = token(rest, self.standard)?;
        let at = self.at;
        self.at += length;
        let text = rest.get(..length)?;
        Some(Token { kind, at, text })
    }
}

/// The kind and the length of what stands here.
fn token(rest: &str, standard: bool) -> Option<(Kind, usize)> {
    let bytes = rest.as_bytes();
    let next = bytes.get(1).copied();
    Some(match bytes.first()? {
        b';' => (Kind::Semicolon, 1),
        b'(' => (Kind::Open, 1),
        b')' => (Kind::Close, 1),
        b'\\' => (Kind::Backslash, 1),
        b'\'' if standard => (Kind::Text, plain(rest, 0, '\'')),
        b'\'' => (Kind::Text, escaped(rest, 0)),
        b'"' => (Kind::Name, plain(rest, 0, '"')),
        b'-' if next == Some(b'-') => (Kind::Comment, line(rest)),
        b'/' if next == Some(b'*') => (Kind::Comment, nested(bytes)),
        b'$' => match dollar_quote(rest) {
            Some(quote) => (Kind::Text, dollars(rest, quote)),
            None => (Kind::Other, other(bytes)),
        },
        byte if is_of_name(*byte) && !byte.is_ascii_digit() => word(rest, standard),
        byte if is_blank(*byte) => (Kind::Blank, blanks(bytes, 1)),
        _ => (Kind::Other, other(bytes)),
    })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Whether a name can go on with it; a `$` can as well.
fn is_of_name(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | 0x80..)
}

fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) = bytes.get(at) {
        at += 1;
    }
    at
}

/// Everything up to the next thing that may be of interest.
fn other(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(
        b' '
        | b'\t'
        | b'\n'
        | b'\r'
        | b'0'..=b'9'
        | b','
        | b'.'
        | b':'
        | b'+'
        | b'*'
        | b'<'..=b'?'
        | b'['
        | b']',
    ) = bytes.get(at)
    {
        at += 1;
    }
    at
}

/// A word, or what it introduces: a text or a name in quotes.
fn word(rest: &str, standard: bool) -> (Kind, usize) {
    let bytes = rest.as_bytes();
    let mut end = 1;
    while let Some(b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'$' | 0x80..) = bytes.get(end)
    {
        end += 1;
    }
    if end > 1 {
        return (Kind::Word, end);
    }
    let introduced = (bytes.get(1), bytes.get(2));
    match (rest.get(..1), introduced) {
        (Some("e" | "E"), (Some(b'\''), _)) => (Kind::Text, escaped(rest, 1)),
        (Some("b" | "B" | "x" | "X"), (Some(b'\''), _)) => (Kind::Text, plain(rest, 1, '\'')),
        (Some("n" | "N"), (Some(b'\''), _)) if standard => (Kind::Text, plain(rest, 1, '\'')),
        (Some("n" | "N"), (Some(b'\''), _)) => (Kind::Text, escaped(rest, 1)),
        (Some("u" | "U"), (Some(b'&'), Some(b'\''))) => (Kind::Text, plain(rest, 2, '\'')),
        (Some("u" | "U"), (Some(b'&'), Some(b'"'))) => (Kind::Name, plain(rest, 2, '"')),
        _ => (Kind::Word, 1),
    }
}

/// Where a text ends that begins with a quote here. A doubled quote begins another one, which makes no difference.
fn plain(rest: &str, at: usize, quote: char) -> usize {
    let inside = rest.get(at + 1..).unwrap_or_default();
    inside
        .find(quote)
        .map_or(rest.len(), |found| at + found + 2)
}

/// The same where a backslash keeps a quote from ending it.
fn escaped(rest: &str, at: usize) -> usize {
    let bytes = rest.as_bytes();
    let mut at = at + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\'' => match continuation(rest, at + 1) {
                Some(next) => at = next,
                None => return at + 1,
            },
            _ => {}
        }
        at += 1;
    }
    // What follows the last backslash is the end.
    rest.len()
}

/// The quote at which a text goes on that has ended before here: at once, or in another line.
fn continuation(rest: &str, mut at: usize) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut is_other_line = bytes.get(at) == Some(&b'\'');
    loop {
        match bytes.get(at)? {
            b'\'' if is_other_line => return Some(at),
            b'\n' | b'\r' => is_other_line = true,
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at += line(rest.get(at..)?);
                continue;
            }
            byte if is_blank(*byte) => {}
            _ => return None,
        }
        at += 1;
    }
}

/// A comment up to the end of its line.
fn line(rest: &str) -> usize {
    let end = rest.find('\n').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default();
    line.find('\r').unwrap_or(end)
}

/// A comment that may contain others.
fn nested(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
            (b'*', Some(b'/')) if depth == 1 => return at + 2,
            (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

/// `$$` or `$name$`.
fn dollar_quote(rest: &str) -> Option<&str> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while bytes.get(at).is_some_and(|byte| is_of_name(*byte)) {
        at += 1;
    }
    let is_number = bytes.get(1).is_some_and(u8::is_ascii_digit);
    (bytes.get(at) == Some(&b'$') && !is_number).then(|| rest.get(..=at))?
}

fn dollars(rest: &str, quote: &str) -> usize {
    let mut at = quote.len();
    // A `$` is found quickly, a longer text is not.
    while let Some(found) = rest.get(at..).and_then(|rest| rest.find('$')) {
        at += found;
        if rest.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at + quote.len();
        }
        at += 1;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens that are no blanks, with the letter of their kind.
    fn check(script: &str, standard: bool, wanted: &[(Kind, &str)]) {
        let found = Lexer::new(script, 0, standard).map(|token| (token.kind, token.text));
        let found: Vec<_> = found.filter(|(kind, _)| *kind != Kind::Blank).collect();
        assert_eq!(found, wanted, "{script}");
    }

    #[test]
    fn quotes_are_of_many_kinds() {
        use Kind::*;
        check("'a\\'b", true, &[(Text, "'a\\'"), (Word, "b")]);
        check("'a\\'b'", false, &[(Text, "'a\\'b'")]);
        check("E'a\\'b'", true, &[(Text, "E'a\\'b'")]);
        check(
            "E'a''\\''\n-- c\n '\\'' x",
            true,
            &[(Text, "E'a''\\''\n-- c\n '\\''"), (Word, "x")],
        );
        check("E'a' '\\'", true, &[(Text, "E'a'"), (Text, "'\\'")]);
        check("typE'\\'", true, &[(Word, "typE"), (Text, "'\\'")]);
        check("X'1\\' ", false, &[(Text, "X'1\\'")]);
        check(
            "u&'\\' U&\"\\\"",
            true,
            &[(Text, "u&'\\'"), (Name, "U&\"\\\"")],
        );
        check("\"a;'\"\"b\"", true, &[(Name, "\"a;'\""), (Name, "\"b\"")]);
        check("'é;\u{1f980}'", true, &[(Text, "'é;\u{1f980}'")]);
    }

    #[test]
    fn dollars_quote_unless_they_are_of_a_name() {
        use Kind::*;
        check("$$a;'$b$$", true, &[(Text, "$$a;'$b$$")]);
        check("$a$ $$ $b$ $a$", true, &[(Text, "$a$ $$ $b$ $a$")]);
        check("a$b$;", true, &[(Word, "a$b$"), (Semicolon, ";")]);
        check("$1$a$;$a$", true, &[(Other, "$1"), (Text, "$a$;$a$")]);
        check("$é$;$é$", true, &[(Text, "$é$;$é$")]);
        check("$1a$", true, &[(Other, "$1"), (Word, "a$")]);
        check("1$$;$$", true, &[(Other, "1"), (Text, "$$;$$")]);
    }

    #[test]
    fn comments_are_nested() {
        use Kind::*;
        check(
            "/* /* ; */ ' */;",
            true,
            &[(Comment, "/* /* ; */ ' */"), (Semicolon, ";")],
        );
        check(
            "1--2;\r3",
            true,
            &[(Other, "1"), (Comment, "--2;"), (Other, "3")],
        );
        check("+/*x", true, &[(Other, "+"), (Comment, "/*x")]);
        check(
            "\\i a",
            true,
            &[(Backslash, "\\"), (Word, "i"), (Word, "a")],
        );
    }
}
