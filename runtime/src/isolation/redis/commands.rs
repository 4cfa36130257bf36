//! A file of commands, one a line, as `redis-cli` reads them.

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::connection::{Connection, request};
use crate::directory::open_regular;
use crate::error::{Doing, Reason, Refused};
use crate::isolation::patience::Patience;
use crate::launch::Files;

/// How many commands are sent before their answers are read.
const BATCH: usize = 1000;

/// How much of a command is shown.
const SHOWN: usize = 200;

/// Runs all commands. The first error ends it.
pub(super) fn run(
    connection: &mut Connection,
    files: &Files,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    let unreadable = |line, reason: String| {
        let file = files.path.clone();
        Refused::new(Doing::Read { file, line }, Reason::Said(reason))
    };
    let file = open_regular(Path::new(&files.path));
    let file = file.map_err(|error| unreadable(None, error.to_string()))?;
    let mut lines = BufReader::new(file).split(b'\n').enumerate();
    loop {
        let (mut requests, mut sent) = (Vec::new(), Vec::new());
        for (number, line) in lines.by_ref().take(BATCH) {
            let wrong = |reason: String| unreadable(Some(number + 1), reason);
            let line = line.map_err(|error| wrong(error.to_string()))?;
            let words = words(&line).map_err(|reason| wrong(reason.into()))?;
            if !words.is_empty() {
                requests.extend(request(words.iter().map(Vec::as_slice)));
            }
            sent.push((number + 1, line, !words.is_empty()));
        }
        if sent.is_empty() {
            return Ok(());
        }
        let said = connection.send(&requests, patience);
        said.map_err(|problem| problem.refuses(format!("run {}", files.shown)))?;
        for (line, command, _) in sent.into_iter().filter(|(_, _, asks)| *asks) {
            connection.next_answer(patience).map_err(|problem| {
                let statement = String::from_utf8_lossy(&command);
                problem.stops(Doing::Migration {
                    file: files.path.clone(),
                    line,
                    statement: statement.trim().chars().take(SHOWN).collect(),
                })
            })?;
        }
    }
}

/// The words of a line: with spaces between them, and in quotes if there are spaces in them. Between double quotes, a backslash begins what
/// cannot be written otherwise; between single quotes, only a single quote.
fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, &'static str> {
    if line.first() == Some(&b'*') {
        return Err("write commands, one a line, not the protocol of `redis-cli --pipe`");
    }
    let (mut words, mut rest) = (Vec::new(), line.trim_ascii());
    while let Some(first) = rest.first() {
        let (word, after) = match first {
            b'"' | b'\'' => quoted(rest)?,
            _ => {
                let end = rest.iter().position(u8::is_ascii_whitespace);
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                (word.to_vec(), after)
            }
        };
        if after
            .first()
            .is_some_and(|next| !next.is_ascii_whitespace())
        {
            return Err("after a closing quote, there is no space");
        }
        words.push(word);
        rest = after.trim_ascii_start();
    }
    Ok(words)
}

/// The word in quotes with which a text begins, and what follows it.
fn quoted(text: &[u8]) -> Result<(Vec<u8>, &[u8]), &'static str> {
    let unclosed = "a quote is not closed";
    let (quote, mut rest) = text.split_first().ok_or(unclosed)?;
    let mut word = Vec::new();
    loop {
        let (byte, after) = rest.split_first().ok_or(unclosed)?;
        rest = after;
        match (byte, after) {
            (byte, _) if byte == quote => return Ok((word, rest)),
            (b'\\', [b'x', high, low, after @ ..])
                if *quote == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                let digit = |byte: &u8| char::from(*byte).to_digit(16).unwrap_or_default();
                word.extend(u8::try_from(digit(high) * 16 + digit(low)));
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) if *quote == b'"' || *escaped == b'\'' => {
                word.push(match (quote, escaped) {
                    (b'"', b'n') => b'\n',
                    (b'"', b'r') => b'\r',
                    (b'"', b't') => b'\t',
                    (b'"', b'b') => 8,
                    (b'"', b'a') => 7,
                    (_, escaped) => *escaped,
                });
                rest = after;
            }
            (byte, _) => word.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_by_the_client() {
        for (line, wanted) in [
            ("", &[][..]),
            ("  SET  a 1\r", &["SET", "a", "1"]),
            (r#"SET "a b" 'c d'"#, &["SET", "a b", "c d"]),
            (r#"SET "\x41\n\"\q" '\n\''"#, &["SET", "A\n\"q", "\\n'"]),
            (r#"SET a"b ''"#, &["SET", "a\"b", ""]),
        ] {
            let wanted: Vec<_> = wanted.iter().map(|it| it.as_bytes().to_vec()).collect();
            assert_eq!(words(line.as_bytes()), Ok(wanted), "{line}");
        }
        for wrong in ["SET \"a", "SET 'a'b", "SET '", "*1", r#"SET "a\"#] {
            assert!(words(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
