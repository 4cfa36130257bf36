//! The words, quotes and comments of MySQL's SQL.

/// How the SQL mode of a session changes the meaning of quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Modes {
    /// A `"` quotes a name.
    pub(super) ansi_quotes: bool,
    /// A backslash is an ordinary character.
    pub(super) no_backslash_escapes: bool,
}

/// What stands at some place of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Blank,
    Comment,
    /// A comment that some servers execute: `/*! … */` or `/*M! … */`.
    Conditional,
    /// A text or a name in quotes.
    Quoted,
    /// A word, a number, or a part of one.
    Word,
    /// A backslash and a letter, which is a command for the client program.
    Escape,
    /// One character.
    Other,
}

impl Modes {
    /// As the variable `sql_mode` lists them.
    pub(super) fn of(sql_mode: &str) -> Self {
        let has = |name: &str| sql_mode.split(',').any(|mode| mode == name);
        Self {
            ansi_quotes: has("ANSI_QUOTES"),
            no_backslash_escapes: has("NO_BACKSLASH_ESCAPES"),
        }
    }

    /// What stands at the beginning, and how many bytes of it; nothing at the end.
    pub(super) fn token(self, rest: &[u8]) -> Option<(Token, usize)> {
        let (&first, after) = rest.split_first()?;
        Some(match first {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => (Token::Blank, 1),
            b'\'' | b'"' | b'`' => (Token::Quoted, self.quoted(first, rest)),
            b'#' => (Token::Comment, line(rest)),
            b'-' if is_dashed(after) => (Token::Comment, line(rest)),
            b'/' if after.starts_with(b"*!") || after.starts_with(b"*M!") => {
                (Token::Conditional, self.conditional(rest))
            }
            b'/' if after.starts_with(b"*") => (Token::Comment, 2 + up_to(b"*/", rest, 2)),
            b'\\' => match after.first() {
                Some(letter) if letter.is_ascii() => (Token::Escape, 2),
                _ => (Token::Other, 1),
            },
            _ if is_of_word(first) => {
                let length = rest.iter().position(|byte| !is_of_word(*byte));
                (Token::Word, length.unwrap_or(rest.len()))
            }
            _ => (Token::Other, 1),
        })
    }

    fn quoted(self, quote: u8, rest: &[u8]) -> usize {
        let is_name = quote == b'`' || quote == b'"' && self.ansi_quotes;
        let escapes = !is_name && !self.no_backslash_escapes;
        let mut is_escaped = true;
        for (at, byte) in rest.iter().enumerate() {
            if is_escaped {
                is_escaped = false;
            } else if *byte == b'\\' {
                is_escaped = escapes;
            } else if *byte == quote {
                // One that is doubled begins another text, which is as good.
                return at + 1;
            }
        }
        rest.len()
    }

    /// It may contain quotes with the end of a comment in them, and further comments.
    fn conditional(self, rest: &[u8]) -> usize {
        let mut at = 3;
        while let Some(rest) = rest.get(at..) {
            if rest.starts_with(b"*/") {
                return at + 2;
            }
            match self.token(rest) {
                Some((_, length)) => at += length,
                None => return at,
            }
        }
        rest.len()
    }
}

/// Returns whether a dash is the first of a comment: there must be a blank after the second.
fn is_dashed(after: &[u8]) -> bool {
    match after {
        [b'-', next, ..] => *next <= b' ',
        rest => rest == b"-",
    }
}

/// The length of a line with its end.
fn line(rest: &[u8]) -> usize {
    up_to(b"\n", rest, 0)
}

/// How many bytes there are after the first `from` until this has ended.
fn up_to(end: &[u8], rest: &[u8], from: usize) -> usize {
    let rest = rest.get(from..).unwrap_or_default();
    let found = rest.windows(end.len()).position(|bytes| bytes == end);
    found.map_or(rest.len(), |found| found + end.len())
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(modes: Modes, text: &str, token: Token, taken: &str) {
        let wanted = Some((token, taken.len()));
        assert_eq!(modes.token(text.as_bytes()), wanted, "{text}");
    }

    #[test]
    fn quotes_and_comments_end_as_the_server_has_them_end() {
        let plain = Modes::default();
        for (text, token, taken) in [
            (r"'it\'s' x", Token::Quoted, r"'it\'s'"),
            (r"`a\` b", Token::Quoted, r"`a\`"),
            ("'' ", Token::Quoted, "''"),
            ("-- x\ny", Token::Comment, "-- x\n"),
            ("--", Token::Comment, "--"),
            ("--\ty", Token::Comment, "--\ty"),
            ("--1", Token::Other, "-"),
            ("# x", Token::Comment, "# x"),
            ("/*/ ; /*/;", Token::Comment, "/*/ ; /*/"),
            ("/**/;", Token::Comment, "/**/"),
            ("/*+ hint */", Token::Comment, "/*+ hint */"),
            (
                "/*!1 '*/' /* */ x*/;",
                Token::Conditional,
                "/*!1 '*/' /* */ x*/",
            ),
            ("/*M!1 -- */\n*/;", Token::Conditional, "/*M!1 -- */\n*/"),
            ("größe$ x", Token::Word, "größe$"),
            (r"\G", Token::Escape, r"\G"),
        ] {
            check(plain, text, token, taken);
        }
    }

    #[test]
    fn modes_change_what_quotes_mean() {
        let modes = Modes::of("ANSI_QUOTES,STRICT_ALL_TABLES");
        check(modes, r#""a\" b"#, Token::Quoted, r#""a\""#);
        check(modes, r"'a\' b'", Token::Quoted, r"'a\' b'");
        let modes = Modes::of("NO_BACKSLASH_ESCAPES");
        check(modes, r"'a\' b", Token::Quoted, r"'a\'");
        assert_eq!(Modes::of(""), Modes::default());
    }
}
