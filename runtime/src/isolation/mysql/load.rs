//! Carrying out scripts, as the server's own client program would.

use super::command::{self, Command};
use super::connection::Connection;
use super::home::{Home, Objection};
use super::lexer::Modes;
use super::quote::text;
use super::script::{Part, Reader};
use super::words::{BEGINNING, Word, unquoted, words};
use crate::error::{Doing, Label, Refused, Remark};
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::migrations::{Script, encoded};

/// A script that is carried out over a connection that nothing else uses, since it may change the settings of its session.
pub(super) struct Load<'a, 'b> {
    pub(super) connection: &'a mut Connection,
    pub(super) home: &'a mut Home<'b>,
    pub(super) patience: &'a Patience<'a>,
    modes: Modes,
    /// How many bytes the server reads of a statement at most.
    longest: usize,
}

/// What a session says of itself.
const SESSION: &str = "SELECT @@sql_mode, @@max_allowed_packet";

/// That there is no statement, only a comment that this server does not execute.
const EMPTY: &str = "1065";

/// That an object has been created whose definer does not exist.
const NO_DEFINER: &str = "1449";

/// How many characters of a statement are shown.
const SHOWN: usize = 300;

impl<'a, 'b> Load<'a, 'b> {
    pub(super) fn new(
        connection: &'a mut Connection,
        home: &'a mut Home<'b>,
        patience: &'a Patience<'a>,
    ) -> Self {
        Self {
            connection,
            home,
            patience,
            modes: Modes::default(),
            longest: usize::MAX,
        }
    }

    pub(super) fn carry_out(mut self, script: &Script) -> Result<(), Refused> {
        let mut reader = Reader::new(&script.text);
        let place = |line: usize, statement: &str| {
            let mut shown: String = statement.chars().take(SHOWN).collect();
            let is_whole = shown.len() == statement.len();
            shown = String::from_utf8_lossy(&encoded(&shown)).into_owned();
            if !is_whole {
                shown.push('…');
            }
            Doing::Migration {
                file: script.file.clone(),
                line: script.line + line - 1,
                statement: shown,
            }
        };
        let looked = self.look();
        looked.map_err(|problem| problem.refuses(SESSION))?;
        let mut last = 1;
        while let Some(part) = reader.next(self.modes) {
            let done = self.part(&part);
            done.map_err(|problem| problem.stops(place(part.line, part.text)))?;
            last = reader.line();
        }
        // What is not committed would be lost without a word.
        match self.connection.in_transaction {
            true => {
                let reason = "it leaves a transaction open, which would be lost";
                let problem = Problem::from(Objection::new(reason, "end it with COMMIT"));
                Err(problem.stops(place(last, "the end of the script")))
            }
            false => Ok(()),
        }
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), Problem> {
        match part.is_command {
            true => self.command(part.text),
            false => self.statement(part.text),
        }
    }

    fn command(&mut self, text: &str) -> Result<(), Problem> {
        match command::read(text) {
            Command::Nothing => Ok(()),
            Command::Use(name) => Ok(self.home.enter(&unquoted(name))?),
            Command::Characters(name) => self.execute(&format!("SET NAMES {}", self::text(name))),
            Command::Unknown(to_do) => {
                let reason = "this is a command of the `mysql` program, not a statement";
                Err(Objection::new(reason, to_do).into())
            }
        }
    }

    fn statement(&mut self, statement: &str) -> Result<(), Problem> {
        let words = words(statement, self.modes, BEGINNING);
        if let Some(all) = self.home.instead(statement, &words)? {
            return all.iter().try_for_each(|statement| self.execute(statement));
        }
        if is_of_server(&words) {
            return Ok(());
        }
        let length = encoded(statement).len();
        if length >= self.longest {
            let reason = format!(
                "the statement has {length} bytes, and the server's `max_allowed_packet` is {}",
                self.longest
            );
            return Err(Objection::new(reason, "raise it, or use more statements").into());
        }
        let first = words.first().map(|(word, _)| word.to_ascii_uppercase());
        let first = first.as_deref();
        let changed = match first {
            Some("GRANT" | "REVOKE") => self.home.granted(statement, self.modes),
            Some("CREATE") => self.home.numbered(statement)?,
            _ => None,
        };
        match self.execute(changed.as_deref().unwrap_or(statement)) {
            Err(problem) if problem.has_code(EMPTY) => {}
            done => done?,
        }
        match first {
            Some("SET") if mentions(statement, "SQL_MODE") => self.look(),
            Some("CALL" | "EXECUTE") => self.look(),
            Some("CREATE" | "ALTER") if mentions(statement, "DEFINER") => self.know_definer(),
            _ => Ok(()),
        }
    }

    fn execute(&mut self, statement: &str) -> Result<(), Problem> {
        self.connection.execute(statement, self.patience)
    }

    /// Sees how the session reads statements now.
    fn look(&mut self) -> Result<(), Problem> {
        let rows = self.connection.query(SESSION, self.patience)?;
        if let Some([modes, longest]) = rows.first().map(Vec::as_slice) {
            self.modes = Modes::of(modes);
            self.longest = longest.parse().unwrap_or(usize::MAX);
        }
        Ok(())
    }

    /// Refuses what has been created for an account that does not exist: it could be created, but not used.
    fn know_definer(&mut self) -> Result<(), Problem> {
        let warnings = self.connection.query("SHOW WARNINGS", self.patience)?;
        let found = warnings
            .iter()
            .find_map(|warning| match warning.as_slice() {
                [_, code, text] if code == NO_DEFINER => Some(text),
                _ => None,
            });
        match found {
            Some(text) => {
                let to_do = "create the account before, with `CREATE USER IF NOT EXISTS`, or remove the DEFINER";
                Err(Objection::new(text, to_do).into())
            }
            None => Ok(()),
        }
    }
}

impl From<Objection> for Problem {
    fn from(Objection { reason, to_do }: Objection) -> Self {
        let remark = Remark {
            label: Label::ToDo,
            text: to_do,
        };
        Self {
            remarks: vec![remark],
            ..Self::new(Kind::Refused(String::new()), reason)
        }
    }
}

/// Returns whether a statement of a dump is about the replication of a server, which restoring a database has no part in.
fn is_of_server(words: &[Word<'_>]) -> bool {
    let is = |known: &str| {
        words
            .iter()
            .any(|(word, _)| word.eq_ignore_ascii_case(known))
    };
    is("SET") && is("GLOBAL") && is("GTID_PURGED")
}

fn mentions(statement: &str, word: &str) -> bool {
    statement.to_ascii_uppercase().contains(word)
}
