//! How a statement begins.

use super::lexer::{Modes, Token};

/// How many are enough to see what a statement is.
pub(super) const BEGINNING: usize = 12;

/// A word of a statement, and where it ends.
pub(super) type Word<'a> = (&'a str, usize);

/// The first words, names and characters, as many as wanted, of a statement, also those in comments that servers execute.
pub(super) fn words(statement: &str, modes: Modes, wanted: usize) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = statement.get(at..)
        && let Some((token, length)) = modes.token(rest.as_bytes())
        && words.len() < wanted
    {
        at += match token {
            Token::Conditional => opening(rest),
            _ if rest.starts_with("*/") => 2,
            _ => length,
        };
        let is_blank = matches!(token, Token::Blank | Token::Comment | Token::Conditional);
        if !is_blank && !rest.starts_with("*/") {
            words.extend(rest.get(..length).map(|word| (word, at)));
        }
    }
    words
}

/// The length of `/*!50003` or `/*M!100101`.
fn opening(rest: &str) -> usize {
    let start = if rest.starts_with("/*M") { 4 } else { 3 };
    let version = rest.get(start..).unwrap_or_default();
    let digits = version.bytes().take_while(u8::is_ascii_digit);
    start + digits.count()
}

/// A name without its quotes.
pub(super) fn unquoted(name: &str) -> String {
    let quote = name
        .chars()
        .next()
        .filter(|first| ['`', '"'].contains(first));
    match quote {
        Some(quote) => {
            let inner = name.trim_matches(quote);
            inner.replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_executed_comments_too() {
        let statement = "/*!40000 DROP DATABASE*/ -- x\n/*M!100101 IF EXISTS `a b`*/, c";
        let found = words(statement, Modes::default(), BEGINNING);
        let texts: Vec<_> = found.iter().map(|(word, _)| *word).collect();
        assert_eq!(
            texts,
            ["DROP", "DATABASE", "IF", "EXISTS", "`a b`", ",", "c"]
        );
        assert_eq!(unquoted("`a``b`"), "a`b");
        assert_eq!(unquoted("plain"), "plain");
    }
}
