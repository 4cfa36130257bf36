//! The pieces of a script: statements, psql's commands and data.

use super::lexer::{Kind, Lexer};
use super::statement::{Head, Statement};

/// What a text may begin with: it says that UTF-8 follows.
const MARK: &str = "\u{feff}";

/// A piece of a script. Between them are blanks, comments and semicolons.
#[derive(Clone, Debug)]
pub(super) enum Piece<'a> {
    Statement(Statement<'a>),
    /// The data of the `COPY … FROM stdin` before it, without its end.
    Data(Part<'a>),
    /// A line with a command of psql, without the line's end.
    Command(Part<'a>),
    /// What cannot be understood, and why.
    Wrong(Part<'a>, &'static str),
}

/// A part of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::isolation::postgres) struct Part<'a> {
    /// Where it begins.
    pub(in crate::isolation::postgres) at: usize,
    pub(in crate::isolation::postgres) text: &'a str,
}

/// The pieces of a script, as psql finds them.
#[derive(Clone, Debug)]
pub(super) struct Pieces<'a> {
    script: &'a str,
    lexer: Lexer<'a>,
    /// Whether data follows.
    data: bool,
}

impl<'a> Pieces<'a> {
    /// `standard`: whether a backslash in `'…'` is one, which the script may change.
    pub(super) fn new(script: &'a str, standard: bool) -> Self {
        let start = match script.starts_with(MARK) {
            true => MARK.len(),
            false => 0,
        };
        Self {
            script,
            lexer: Lexer::new(script, start, standard),
            data: false,
        }
    }

    fn part(&self, from: usize, to: usize) -> Part<'a> {
        let text = self.script.get(from..to).unwrap_or_default();
        Part { at: from, text }
    }

    /// Where the line ends that has this place.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.script.get(at..).unwrap_or_default();
        rest.find('\n')
            .map_or(self.script.len(), |found| at + found)
    }

    /// The data begins in the next line, and ends with a line `\.`.
    fn data(&mut self) -> Piece<'a> {
        let end = self.line_end(self.lexer.at);
        let same_line = self.part(self.lexer.at, end);
        let mut others = Lexer::new(same_line.text, 0, true);
        if !others.all(|token| matches!(token.kind, Kind::Blank | Kind::Comment)) {
            self.lexer.at = end;
            return Piece::Wrong(
                same_line,
                "data follows in the next line, so nothing else can stand here",
            );
        }
        let from = self.script.len().min(end + 1);
        let mut at = from;
        while let Some(found) = self.script.get(at..).and_then(|rest| rest.find('\\')) {
            at += found;
            let is_line_start = at == from || self.script.as_bytes().get(at - 1) == Some(&b'\n');
            let line_end = self.line_end(at);
            let line = self.part(at, line_end).text;
            if is_line_start && line.trim_end_matches('\r') == "\\." {
                self.lexer.at = self.script.len().min(line_end + 1);
                return Piece::Data(self.part(from, at));
            }
            at += 1;
        }
        self.lexer.at = self.script.len();
        Piece::Wrong(same_line, "its data has no end: a line `\\.`")
    }

    fn finished(&mut self, start: usize, end: usize, head: Head<'a>) -> Piece<'a> {
        let Part { at, text } = self.part(start, end);
        self.data = head.takes_data();
        let statement = Statement { at, text, head };
        if let Some((name, value)) = statement.sets()
            && name.eq_ignore_ascii_case("standard_conforming_strings")
        {
            let off = ["off", "false", "no", "0"];
            self.lexer.standard = !off.iter().any(|off| value.eq_ignore_ascii_case(off));
        }
        Piece::Statement(statement)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if std::mem::take(&mut self.data) {
            return Some(self.data());
        }
        let (mut start, mut head) = (None, Head::default());
        let mut depth = 0_usize;
        let mut body = Body::default();
        while let Some(token) = self.lexer.next() {
            let is_blank = matches!(token.kind, Kind::Blank | Kind::Comment);
            match token.kind {
                Kind::Blank | Kind::Comment => {}
                Kind::Semicolon if depth == 0 && body.depth == 0 => match start {
                    Some(start) => return Some(self.finished(start, token.at + 1, head)),
                    None => continue,
                },
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Backslash => {
                    let end = self.line_end(token.at);
                    self.lexer.at = end;
                    let command = self.part(token.at, end);
                    let reason = "psql's command stands inside a statement; end that with `;`";
                    return Some(match start {
                        None => Piece::Command(command),
                        Some(_) => Piece::Wrong(command, reason),
                    });
                }
                Kind::Word if depth == 0 => {
                    head.push(token.text);
                    if head.is_of_routine() {
                        body.see(token.text);
                    }
                }
                _ => {}
            }
            if !is_blank {
                start.get_or_insert(token.at);
            }
        }
        let end = self.script.trim_end().len();
        start.map(|start| self.finished(start, end, head))
    }
}

/// How deep in the statements of a function or procedure one is that has them without quotes.
#[derive(Default)]
struct Body {
    depth: usize,
    /// Whether the last word was `BEGIN`.
    begins: bool,
}

impl Body {
    fn see(&mut self, word: &str) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        if self.depth == 0 {
            self.depth = usize::from(self.begins && is("atomic"));
            self.begins = is("begin");
        } else if is("case") {
            self.depth += 1;
        } else if is("end") {
            self.depth -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script is made of, each piece with the letter of its kind.
    fn pieces(script: &str) -> Vec<String> {
        let shown = |piece| match piece {
            Piece::Statement(statement) => format!("S {}", statement.text),
            Piece::Data(data) => format!("D {}", data.text),
            Piece::Command(command) => format!("C {}", command.text),
            Piece::Wrong(part, _) => format!("W {}", part.text),
        };
        Pieces::new(script, true).map(shown).collect()
    }

    #[test]
    fn semicolons_inside_end_nothing() {
        for statement in [
            "CREATE TABLE a (b text DEFAULT ';');",
            "SELECT 1 /* ; /* ; */ */ -- ;\n;",
            "CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;",
            "create or replace procedure p() begin /* */ atomic; end;",
            "CREATE FUNCTION begin() RETURNS int AS $x$ BEGIN; RETURN 1; END $x$ LANGUAGE plpgsql;",
            "SELECT a$b$, E'\\';', \";\", $$;$$;",
        ] {
            let wanted = [format!("S {statement}"), "S SELECT 3".into()];
            assert_eq!(pieces(&format!("-- ;\n{statement};;\nSELECT 3\n")), wanted);
        }
        assert_eq!(
            pieces("BEGIN; CASE; END;"),
            ["S BEGIN;", "S CASE;", "S END;"]
        );
        assert_eq!(pieces(" -- nothing\n/* */ ;"), [""; 0]);
        assert_eq!(pieces("\u{feff}SELECT 1;"), ["S SELECT 1;"]);
    }

    #[test]
    fn a_setting_says_what_backslashes_are() {
        let script = "SET standard_conforming_strings = off; SELECT '\\';'; SET SESSION standard_conforming_strings TO 'on'; SELECT '\\';";
        assert_eq!(pieces(script)[1], "S SELECT '\\';';");
        assert_eq!(pieces(script)[3], "S SELECT '\\';");
    }

    #[test]
    fn commands_and_data_are_of_lines() {
        let script = "\\connect a;b\nCOPY t (a) FROM stdin; -- c\r\n1;\\.\r\n\\.x\r\n\\.\r\nSELECT 1;\nCOPY t FROM STDIN;\n\\.\nSELECT 2";
        let wanted = [
            "C \\connect a;b",
            "S COPY t (a) FROM stdin;",
            "D 1;\\.\r\n\\.x\r\n",
            "S SELECT 1;",
            "S COPY t FROM STDIN;",
            "D ",
            "S SELECT 2",
        ];
        assert_eq!(pieces(script), wanted);
        assert_eq!(
            pieces("SELECT 1 \\gexec\nSELECT 2;"),
            ["W \\gexec", "S SELECT 2;"]
        );
        assert_eq!(pieces("COPY t FROM stdin; SELECT 1;\n")[1], "W  SELECT 1;");
        assert_eq!(pieces("COPY t FROM stdin;\n1\n")[1], "W ");
        assert_eq!(
            pieces("COPY (SELECT 1) TO stdout; COPY t FROM '/stdin';").len(),
            2
        );
    }

    /// Whatever a script is, its tokens are all of it, and its pieces are parts of it in their order.
    #[test]
    fn nothing_is_lost_of_any_script() {
        const PARTS: &[&str] = &[
            "'",
            "\"",
            "$",
            "$$",
            "$a$",
            "E'",
            "U&'",
            "U&\"",
            "\\",
            "\\.",
            "--",
            "/*",
            "*/",
            ";",
            ";",
            "(",
            ")",
            "\n",
            "\r\n",
            " ",
            "a",
            "b$",
            "1",
            "é",
            "\u{1f980}",
            "\u{feff}",
            "COPY t FROM stdin;\n",
            "CREATE FUNCTION ",
            "BEGIN ATOMIC ",
            "CASE ",
            "END ",
            "\\connect x\n",
            "SET standard_conforming_strings=off;",
            "\0",
        ];
        let mut random = 1_u64;
        for _ in 0..20_000 {
            let mut script = String::new();
            for _ in 0..12 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                script += PARTS[(random >> 33) as usize % PARTS.len()];
            }
            for standard in [true, false] {
                let tokens: String = Lexer::new(&script, 0, standard)
                    .map(|token| token.text)
                    .collect();
                assert_eq!(tokens, script);
                let mut end = 0;
                for piece in Pieces::new(&script, standard) {
                    let (Piece::Data(part) | Piece::Command(part) | Piece::Wrong(part, _)) = piece
                    else {
                        let Piece::Statement(statement) = piece else {
                            continue;
                        };
                        assert!(
                            statement.at >= end
                                && script[statement.at..].starts_with(statement.text),
                            "{script:?}"
                        );
                        end = statement.at + statement.text.len();
                        statement.form();
                        continue;
                    };
                    assert!(script[part.at..].starts_with(part.text), "{script:?}");
                }
            }
        }
    }
}
