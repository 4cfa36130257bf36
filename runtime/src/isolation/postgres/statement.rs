//! Which statement of a script it is that failed.

/// Where a script failed.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    /// The statement, as far as a message has room for it.
    pub(super) statement: String,
    /// Its line, or that of the character to blame, counted from 1.
    pub(super) line: usize,
}

/// How many characters of a statement are shown.
const SHOWN: usize = 300;

/// Finds the statement with this number, counted from 0, or the one that a position (in characters, counted from 1) is in.
pub(super) fn find(script: &str, number: usize, position: Option<usize>) -> Place {
    let at = position.and_then(|position| {
        let (at, _) = script.char_indices().nth(position.saturating_sub(1))?;
        Some(at)
    });
    let all = split(script);
    let chosen = match at {
        Some(at) => all.iter().rfind(|(start, _)| *start <= at),
        None => all.get(number).or(all.last()),
    };
    let (start, text) = chosen.copied().unwrap_or((0, script));
    let line = script
        .get(..at.unwrap_or(start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    let mut statement: String = text.chars().take(SHOWN).collect();
    if statement.len() < text.len() {
        statement.push('…');
    }
    Place { statement, line }
}

/// The statements of a script with their positions, without comments before them. It serves messages only: what is carried out is the
/// script as a whole.
fn split(script: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some(rest) = script.get(at..).filter(|rest| !rest.is_empty()) {
        let length = skip(rest);
        let is_blank = is_comment(rest) || rest.starts_with(char::is_whitespace);
        match start {
            None if rest.starts_with(';') || is_blank => {}
            None => start = Some(at),
            Some(from) if rest.starts_with(';') => {
                found.extend(script.get(from..at).map(|text| (from, text.trim_end())));
                start = None;
            }
            Some(_) => {}
        }
        at += length;
    }
    found.extend(start.and_then(|from| Some((from, script.get(from..)?.trim_end()))));
    found
}

fn is_comment(rest: &str) -> bool {
    rest.starts_with("--") || rest.starts_with("/*")
}

/// How long what stands here is: a comment, a text in quotes, or one character.
fn skip(rest: &str) -> usize {
    let up_to = |end: &str, from: usize| {
        let found = rest.get(from..).and_then(|rest| rest.find(end));
        found.map_or(rest.len(), |found| from + found + end.len())
    };
    if rest.starts_with("--") {
        return up_to("\n", 2);
    }
    if rest.starts_with("/*") {
        return up_to("*/", 2);
    }
    if rest.starts_with('\'') || rest.starts_with('"') {
        return up_to(rest.get(..1).unwrap_or_default(), 1);
    }
    match dollar_quote(rest) {
        Some(quote) => up_to(quote, quote.len()),
        None => rest.chars().next().map_or(1, char::len_utf8),
    }
}

/// `$$` or `$name$`.
fn dollar_quote(rest: &str) -> Option<&str> {
    let name = rest.strip_prefix('$')?;
    let end = name.find('$')?;
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let name = name.get(..end)?;
    (name.chars().all(is_name) && !name.starts_with(|letter: char| letter.is_ascii_digit()))
        .then(|| rest.get(..end + 2))?
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "-- One; two.\nCREATE TABLE a (b text DEFAULT ';');\n/* ; */\n\
        CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; RETURN 1; END $x$ LANGUAGE plpgsql;\n;\nSELECT \"a;b\"";

    #[test]
    fn semicolons_in_quotes_and_comments_end_nothing() {
        let found: Vec<_> = split(SCRIPT).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0], "CREATE TABLE a (b text DEFAULT ';')");
        assert!(found[1].starts_with("CREATE FUNCTION") && found[1].ends_with("plpgsql"));
        assert_eq!(found[2], "SELECT \"a;b\"");
    }

    #[test]
    fn a_statement_is_found_by_number_and_by_position() {
        let place = find(SCRIPT, 2, None);
        assert_eq!(
            (place.statement.as_str(), place.line),
            ("SELECT \"a;b\"", 6)
        );
        let position = SCRIPT.find("RETURN 1").unwrap() + 1;
        let place = find(SCRIPT, 0, Some(position));
        assert!(place.statement.starts_with("CREATE FUNCTION"));
        assert_eq!(place.line, 4);
        let long = find(&"x".repeat(1000), 0, None);
        assert_eq!(long.statement.chars().count(), SHOWN + 1);
    }
}
