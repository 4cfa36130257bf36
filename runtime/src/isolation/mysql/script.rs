//! Scripts: their statements, as the server's own client program tells them apart.

use super::body::Body;
use super::command::{Command, is_command, read};
use super::lexer::{Modes, Token};

/// Reads a script, statement by statement.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    script: &'a str,
    at: usize,
    /// What ends a statement.
    delimiter: &'a str,
    /// A place in the script, and the line that it is in.
    counted: (usize, usize),
}

/// A part of a script that something is to be done about.
#[derive(Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// The line of the script that it begins in, counted from 1.
    pub(super) line: usize,
    /// Whether it is for the client program, not for the server.
    pub(super) is_command: bool,
}

/// What stands before the letter of a command that makes the client program refuse commands, in the first line of a dump.
const SANDBOX: [&str; 2] = ["/*!999999\\-", "/*M!999999\\-"];

impl<'a> Reader<'a> {
    pub(super) fn new(script: &'a str) -> Self {
        Self {
            script: script.strip_prefix('\u{feff}').unwrap_or(script),
            at: 0,
            delimiter: ";",
            counted: (0, 1),
        }
    }

    /// The next statement or command, read in this mode.
    pub(super) fn next(&mut self, modes: Modes) -> Option<Part<'a>> {
        loop {
            self.skip_blanks(modes);
            let rest = self.rest();
            let (token, length) = modes.token(rest.as_bytes())?;
            let start = rest.get(..length).unwrap_or_default();
            match token {
                Token::Escape | Token::Word
                    if start.eq_ignore_ascii_case("delimiter") || start == "\\d" =>
                {
                    if let Some(refused) = self.change_delimiter(length) {
                        return Some(refused);
                    }
                }
                Token::Word if is_command(start) => return Some(self.command(length)),
                Token::Escape if start != "\\N" => return Some(self.command(length)),
                _ => return Some(self.statement(modes)),
            }
        }
    }

    /// The line that has been reached.
    pub(super) fn line(&mut self) -> usize {
        let (from, line) = self.counted;
        let between = self.script.get(from..self.at).unwrap_or_default();
        self.counted = (self.at, line + between.matches('\n').count());
        self.counted.1
    }

    fn rest(&self) -> &'a str {
        self.script.get(self.at..).unwrap_or_default()
    }

    /// Skips what stands between statements.
    fn skip_blanks(&mut self, modes: Modes) {
        loop {
            let rest = self.rest();
            if rest.starts_with(self.delimiter) {
                self.at += self.delimiter.len();
                continue;
            }
            match modes.token(rest.as_bytes()) {
                Some((Token::Blank | Token::Comment, length)) => self.at += length,
                Some((Token::Conditional, length))
                    if SANDBOX.iter().any(|start| rest.starts_with(start)) =>
                {
                    self.at += length;
                }
                _ => return,
            }
        }
    }

    /// Ends statements by what follows this command; returns the command if nothing does.
    fn change_delimiter(&mut self, length: usize) -> Option<Part<'a>> {
        let line = self.rest().lines().next().unwrap_or_default();
        let chosen = line.get(length..).unwrap_or_default().trim_start();
        let quote = chosen
            .chars()
            .next()
            .filter(|first| "'\"`".contains(*first));
        let chosen = match quote {
            Some(quote) => chosen.get(1..).unwrap_or_default().split(quote).next(),
            None => chosen.split_whitespace().next(),
        };
        let Some(chosen) = chosen.filter(|chosen| !chosen.is_empty()) else {
            return Some(self.command(length));
        };
        self.delimiter = chosen;
        self.at += line.len();
        None
    }

    /// A command, whose name has this length: the rest of the line belongs to it, up to the end of a statement.
    fn command(&mut self, length: usize) -> Part<'a> {
        let line_number = self.line();
        let line = self.rest().lines().next().unwrap_or_default();
        let argument = line.get(length..).unwrap_or_default();
        let is_whole = line.starts_with('\\')
            && read(line.get(..length).unwrap_or_default()) == Command::Nothing;
        let end = match is_whole {
            true => length,
            false => length + argument.find(self.delimiter).unwrap_or(argument.len()),
        };
        self.at += end;
        Part {
            text: line.get(..end).unwrap_or_default().trim_end(),
            line: line_number,
            is_command: true,
        }
    }

    fn statement(&mut self, modes: Modes) -> Part<'a> {
        let (start, line) = (self.at, self.line());
        let is_simple = self.delimiter == ";";
        let mut body = Body::default();
        let mut end = None;
        while end.is_none() {
            let rest = self.rest();
            let Some((token, length)) = modes.token(rest.as_bytes()) else {
                break;
            };
            let text = rest.get(..length).unwrap_or_default();
            let delimited = match token {
                _ if rest.starts_with(self.delimiter) => Some(0),
                // `END$$`
                Token::Word if !is_simple => text.find(self.delimiter),
                _ => None,
            };
            if let Some(before) = delimited.filter(|_| !body.is_open()) {
                end = Some(self.at + before);
                self.at += before + self.delimiter.len();
            } else if token == Token::Escape && text.eq_ignore_ascii_case("\\g") {
                end = Some(self.at);
                self.at += length;
            } else {
                if is_simple {
                    body.see(token, text, rest.get(length..).unwrap_or_default());
                }
                self.at += length;
            }
        }
        let text = self.script.get(start..end.unwrap_or(self.at));
        Part {
            text: text.unwrap_or_default().trim_end(),
            line,
            is_command: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(script: &str) -> Vec<Part<'_>> {
        let mut reader = Reader::new(script);
        std::iter::from_fn(|| reader.next(Modes::default())).collect()
    }

    fn check(script: &str, wanted: &[&str]) {
        let found: Vec<_> = parts(script).into_iter().map(|part| part.text).collect();
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
        check(
            "/*!40101 SET NAMES utf8 */;\n/*!1 x ';' ; */ SELECT 1;",
            &["/*!40101 SET NAMES utf8 */", "/*!1 x ';' ; */ SELECT 1"],
        );
        check(
            "CREATE TABLE t (begin date, end date); START TRANSACTION; BEGIN; COMMIT",
            &[
                "CREATE TABLE t (begin date, end date)",
                "START TRANSACTION",
                "BEGIN",
                "COMMIT",
            ],
        );
    }

    #[test]
    fn stored_programs_need_no_delimiter() {
        for body in [
            "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE WHEN 1 THEN 2 END; END IF; CASE 1 WHEN 1 THEN SET @a = 1; END CASE; END",
            "CREATE OR REPLACE DEFINER=`a`@`%` TRIGGER IF NOT EXISTS t BEFORE INSERT ON u FOR EACH ROW IF NEW.begin > 1 THEN SET NEW.a = IF(1, 2, 3); END IF",
            "CREATE FUNCTION f(a int) RETURNS int DETERMINISTIC RETURN CASE a WHEN 1 THEN IF(a, 1, 2) ELSE 3 END",
            "CREATE PROCEDURE p(n int) l: LOOP SET @a = 1; LEAVE l; END LOOP l",
            "CREATE PROCEDURE p(n int) BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; FOR i IN 1..2 DO SELECT i; END FOR; WHILE n DO SET n = 0; END WHILE; REPEAT SET n = repeat('1', 1); UNTIL n END REPEAT; END",
            "ALTER EVENT e DO BEGIN DELETE FROM a; SELECT begin, end FROM b; END",
            "BEGIN NOT ATOMIC SELECT 1; END",
            "IF 1 THEN SELECT 1; END IF",
            "CREATE PACKAGE BODY p AS PROCEDURE x AS BEGIN SELECT 1; END; END",
        ] {
            check(&format!("{body};\nSELECT 1;"), &[body, "SELECT 1"]);
        }
    }

    #[test]
    fn delimiters_are_for_the_client() {
        let script = "\u{feff}SELECT 1;\r\nSELECT 2;\r\nDELIMITER //\r\nCREATE TRIGGER a BEGIN SELECT '//'; END//\n\nSELECT 3 //\ndelimiter ;\nSELECT 4;\n-- end\n";
        let found: Vec<_> = parts(script)
            .into_iter()
            .map(|part| (part.line, part.text))
            .collect();
        let wanted = [
            (1, "SELECT 1"),
            (2, "SELECT 2"),
            (4, "CREATE TRIGGER a BEGIN SELECT '//'; END"),
            (6, "SELECT 3"),
            (8, "SELECT 4"),
        ];
        assert_eq!(found, wanted);
        check("-- nothing\n", &[]);
        check(
            "SELECT 0; DELIMITER \"$$\"\nSELECT 1; SELECT 2 END$$ SELECT '\nDELIMITER x\n' /*\ndelimiter y\n*/ $$ \\d ;\nSELECT 3;",
            &[
                "SELECT 0",
                "SELECT 1; SELECT 2 END",
                "SELECT '\nDELIMITER x\n' /*\ndelimiter y\n*/",
                "SELECT 3",
            ],
        );
    }

    #[test]
    fn commands_end_with_the_line() {
        let script = "SELECT 1\\g SELECT 2, \\N\\G\nuse `x`\nSELECT 3;\\. a;b\n/*!999999\\- enable the sandbox mode */ \\W SELECT 4;\ndelimiter\n";
        let found: Vec<_> = parts(script)
            .into_iter()
            .map(|part| (part.line, part.text, part.is_command))
            .collect();
        let wanted = [
            (1, "SELECT 1", false),
            (1, "SELECT 2, \\N", false),
            (2, "use `x`", true),
            (3, "SELECT 3", false),
            (3, "\\. a", true),
            (
                3,
                "b\n/*!999999\\- enable the sandbox mode */ \\W SELECT 4",
                false,
            ),
            (5, "delimiter", true),
        ];
        assert_eq!(found, wanted);
        check(
            "/*!999999\\- enable the sandbox mode */\n\\W SELECT 4;",
            &["\\W", "SELECT 4"],
        );
    }
}
