//! Scripts: what of them is sent at once, and which statement it is that failed.

/// A part of a script that the server is sent as it is.
#[derive(Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// The line of the script that it begins in, counted from 1.
    line: usize,
}

/// How many characters of a statement are shown.
const SHOWN: usize = 300;

/// The parts of a script. The server finds the ends of statements by itself, also inside procedures; but scripts that are made for the
/// `mysql` program may say by a line `DELIMITER //` how statements end, which the server does not know.
pub(super) fn parts(script: &str) -> Vec<Part<'_>> {
    let (mut parts, mut delimiter) = (Vec::new(), ";");
    let (mut start, mut at, mut line_starts) = (0, 0, true);
    let mut end = |start: usize, at: usize| {
        let text = script.get(start..at).unwrap_or_default();
        let line = lines_before(script, start) + 1;
        if !split(text).is_empty() {
            parts.push(Part { text, line });
        }
    };
    while let Some(rest) = script.get(at..).filter(|rest| !rest.is_empty()) {
        let chosen = delimiter_of(rest).filter(|_| line_starts);
        if let Some(chosen) = chosen {
            end(start, at);
            delimiter = chosen;
            at += rest.find('\n').map_or(rest.len(), |length| length + 1);
            start = at;
        } else if delimiter != ";" && rest.starts_with(delimiter) {
            end(start, at);
            at += delimiter.len();
            start = at;
        } else {
            let length = skip(rest);
            line_starts = rest.get(..length).is_some_and(|text| text.ends_with('\n'));
            at += length;
        }
    }
    end(start, at);
    parts
}

impl Part<'_> {
    /// The statement with this number, counted from 0, with its line in the script; if there are so many.
    pub(super) fn statement(&self, number: usize) -> Option<(usize, String)> {
        let (at, text) = split(self.text).get(number).copied()?;
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Some((self.line + lines_before(self.text, at), shown))
    }

    /// The line of the script that it ends in.
    pub(super) fn last_line(&self) -> usize {
        self.line + self.text.trim_end().matches('\n').count()
    }
}

fn lines_before(text: &str, at: usize) -> usize {
    text.get(..at).map_or(0, |text| text.matches('\n').count())
}

/// What a line says by which statements end from now on.
fn delimiter_of(line: &str) -> Option<&str> {
    let line = line.lines().next()?;
    let (word, rest) = line.trim_start().split_once(char::is_whitespace)?;
    let rest = rest.trim();
    (word.eq_ignore_ascii_case("delimiter") && !rest.is_empty()).then_some(rest)
}

/// The statements with their positions, without comments before them. It serves messages only.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut start, mut at) = (None, 0);
    let mut body = Body::default();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let length = skip(rest);
        let word = rest.get(..length).unwrap_or_default();
        let is_blank = is_comment(rest) || rest.starts_with(char::is_whitespace);
        match start {
            None if rest.starts_with(';') || is_blank => {}
            None => start = Some(at),
            Some(from) if rest.starts_with(';') && body.depth == 0 => {
                found.extend(text.get(from..at).map(|text| (from, text.trim_end())));
                (start, body) = (None, Body::default());
            }
            Some(_) => {}
        }
        body.see(word, rest.get(length..).unwrap_or_default());
        at += length;
    }
    found.extend(start.and_then(|from| Some((from, text.get(from..)?.trim_end()))));
    found
}

/// How deep in the statements of a procedure, function, trigger or event one is.
#[derive(Default)]
struct Body {
    has_statements: bool,
    depth: usize,
    after_end: bool,
}

impl Body {
    fn see(&mut self, word: &str, rest: &str) {
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" | "PACKAGE" => {
                self.has_statements = true
            }
            // `END CASE` ends what `CASE` began; the others have begun nothing here.
            "BEGIN" | "CASE" if self.has_statements && !self.after_end => self.depth += 1,
            "END" => {
                let inner = ["IF", "LOOP", "WHILE", "REPEAT", "FOR"];
                let next = rest.trim_start().to_ascii_uppercase();
                if !inner.iter().any(|word| next.starts_with(word)) {
                    self.depth = self.depth.saturating_sub(1);
                }
            }
            _ => {}
        }
        self.after_end = upper == "END" || self.after_end && upper.trim().is_empty();
    }
}

fn is_comment(rest: &str) -> bool {
    let for_the_server = rest.starts_with("/*!") || rest.starts_with("/*M!");
    let blank = |letter: char| letter.is_whitespace();
    let dashes = rest
        .strip_prefix("--")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(blank));
    dashes || rest.starts_with('#') || rest.starts_with("/*") && !for_the_server
}

/// How long what stands here is: a comment, a text in quotes, a word, or one character.
fn skip(rest: &str) -> usize {
    let up_to = |end: &str| rest.find(end).map_or(rest.len(), |found| found + end.len());
    let first = rest.chars().next().unwrap_or(' ');
    match first {
        '/' if is_comment(rest) => up_to("*/"),
        '#' | '-' if is_comment(rest) => up_to("\n"),
        '\'' | '"' | '`' => {
            let mut letters = rest.char_indices().skip(1);
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '\\' if first != '`' => drop(letters.next()),
                    letter if letter == first => return at + 1,
                    _ => {}
                }
            }
            rest.len()
        }
        letter if is_of_word(letter) => rest
            .find(|letter| !is_of_word(letter))
            .unwrap_or(rest.len()),
        letter => letter.len_utf8(),
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, wanted: &[&str]) {
        let found: Vec<_> = split(script).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn semicolons_in_quotes_comments_and_bodies_end_nothing() {
        check(
            "-- One; two.\nINSERT INTO a VALUES (';', 'it\\'s;', \"`\");\n/* ; */ # ;\n;SELECT `a;b` --1",
            &[
                "INSERT INTO a VALUES (';', 'it\\'s;', \"`\")",
                "SELECT `a;b` --1",
            ],
        );
        let body = "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE WHEN 1 THEN 2 END; END IF; CASE 1 WHEN 1 THEN SET @a = 1; END CASE; END";
        check(&format!("{body};\nSELECT 1;"), &[body, "SELECT 1"]);
        check(
            "/*!40101 SET NAMES utf8 */;",
            &["/*!40101 SET NAMES utf8 */"],
        );
        check(
            "CREATE TABLE t (begin date, end date); START TRANSACTION",
            &["CREATE TABLE t (begin date, end date)", "START TRANSACTION"],
        );
    }

    #[test]
    fn delimiters_are_for_the_client() {
        let script = "SELECT 1;\nSELECT 2;\nDELIMITER //\nCREATE TRIGGER a BEGIN SELECT '//'; END//\n\nSELECT 3 //\ndelimiter ;\nSELECT 4;\n-- end\n";
        let found = parts(script);
        let texts: Vec<_> = found.iter().map(|part| part.text.trim()).collect();
        let wanted = [
            "SELECT 1;\nSELECT 2;",
            "CREATE TRIGGER a BEGIN SELECT '//'; END",
            "SELECT 3",
            "SELECT 4;\n-- end",
        ];
        assert_eq!(texts, wanted);
        let place = |part: usize, number| found[part].statement(number);
        assert_eq!(place(0, 1), Some((2, "SELECT 2".into())));
        assert_eq!(place(2, 0), Some((6, "SELECT 3".into())));
        assert_eq!(place(3, 0), Some((8, "SELECT 4".into())));
        assert_eq!(place(3, 1), None);
        assert_eq!(parts("-- nothing\n"), []);
        let long = parts("-- a\nxxx").pop().unwrap();
        assert_eq!(long.statement(0), Some((2, "xxx".into())));
    }
}
