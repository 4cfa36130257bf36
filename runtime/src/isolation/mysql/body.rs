//! Statements with statements in them: procedures, functions, triggers, events and blocks.

use super::lexer::Token;

/// How deep in the statements of a stored program one is, where scripts have no `DELIMITER` and a `;` ends the inner ones.
#[derive(Debug, Default)]
pub(super) struct Body {
    kind: Kind,
    /// What is open.
    open: Vec<Block>,
    /// The last word or character, in capitals.
    before: String,
}

/// What ends with `END`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Block {
    Statements,
    /// `CASE` in an expression, where other words are functions.
    Expression,
}

/// What sort of statement it is, as far as it is known.
#[derive(Debug, Default, PartialEq)]
enum Kind {
    #[default]
    Unknown,
    /// It creates or alters something.
    Creates,
    /// It begins with `BEGIN`.
    Begins,
    /// It has statements in it.
    Program,
    /// As `Program`, but it begins with declarations.
    Package,
    Plain,
}

/// After these, another statement may follow.
const BEFORE_STATEMENTS: [&str; 15] = [
    ";",
    ":",
    ")",
    "'",
    "ROW",
    "DO",
    "THEN",
    "ELSE",
    "BEGIN",
    "LOOP",
    "REPEAT",
    "SQL",
    "DATA",
    "INVOKER",
    "DETERMINISTIC",
];

impl Body {
    /// Returns whether a `;` would end a statement inside the whole one.
    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Sees the next token of the statement, and what follows it.
    pub(super) fn see(&mut self, token: Token, text: &str, rest: &str) {
        if self.kind == Kind::Plain || matches!(token, Token::Blank | Token::Comment) {
            return;
        }
        let word = match token {
            Token::Quoted | Token::Conditional => "'".into(),
            _ => text.to_ascii_uppercase(),
        };
        if token == Token::Word {
            self.see_word(&word, rest.trim_start());
        } else if self.kind == Kind::Begins {
            self.kind = Kind::Plain;
        }
        self.before = word;
    }

    fn see_word(&mut self, word: &str, rest: &str) {
        match self.kind {
            Kind::Program | Kind::Package => self.see_inside(word, rest),
            Kind::Creates => match word {
                "PROCEDURE" | "FUNCTION" | "TRIGGER" | "EVENT" => self.kind = Kind::Program,
                "PACKAGE" => self.kind = Kind::Package,
                "TABLE" | "VIEW" | "INDEX" | "DATABASE" | "SCHEMA" | "USER" | "ROLE" | "SERVER"
                | "SEQUENCE" | "TABLESPACE" => self.kind = Kind::Plain,
                _ => {}
            },
            Kind::Begins if word == "NOT" => self.begin(),
            Kind::Unknown => match word {
                "CREATE" | "ALTER" => self.kind = Kind::Creates,
                "BEGIN" => self.kind = Kind::Begins,
                "IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "FOR" => self.begin(),
                _ => self.kind = Kind::Plain,
            },
            Kind::Begins | Kind::Plain => self.kind = Kind::Plain,
        }
    }

    fn see_inside(&mut self, word: &str, rest: &str) {
        let before = self.before.as_str();
        // Most of these words may also be names.
        let is_name = [".", "@", ",", "(", "="].contains(&before) || rest.starts_with(['.', '=']);
        let follows = |words: [&str; 2]| {
            let next = rest.split(|letter: char| !letter.is_alphanumeric()).next();
            next.is_some_and(|next| words.iter().any(|word| next.eq_ignore_ascii_case(word)))
        };
        let starts =
            BEFORE_STATEMENTS.contains(&before) && self.open.last() != Some(&Block::Expression);
        let opens = match word {
            "AS" | "IS" if self.kind == Kind::Package => {
                self.kind = Kind::Program;
                true
            }
            "CASE" if before != "END" && !starts => {
                self.open.push(Block::Expression);
                false
            }
            "CASE" => starts,
            "BEGIN" => !is_name && !rest.starts_with([',', ')']),
            "IF" => starts && !follows(["NOT", "EXISTS"]),
            "LOOP" | "WHILE" | "REPEAT" => starts,
            "FOR" => starts && before != ")" && before != "'",
            "END" if !is_name => {
                self.open.pop();
                false
            }
            _ => false,
        };
        if opens {
            self.open.push(Block::Statements);
        }
    }

    fn begin(&mut self) {
        self.kind = Kind::Program;
        self.open.push(Block::Statements);
    }
}
