//! A plan that is being made.

use super::command::Command;
use super::databases::Databases;
use super::pieces::{Part, Piece};
use super::server::Server;
use super::statement::{Form, Statement, unquoted};
use super::unit::Unit;

/// How much is sent at once. The server reads all of it before it begins.
pub(super) const LARGE: usize = 1 << 20;

/// What parameters say of how a script is read.
const READING: &[&str] = &[
    "standard_conforming_strings",
    "backslash_quote",
    "client_encoding",
    "names",
];

/// What keeps statements from being in one transaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::isolation::postgres) enum Manner {
    /// Only what is known of them.
    Known,
    /// Each is sent by itself: the user says so, or the server.
    Single,
}

/// Something of a script that cannot be carried out.
#[derive(Debug, PartialEq)]
pub(in crate::isolation::postgres) struct Wrong<'a> {
    pub(in crate::isolation::postgres) part: Part<'a>,
    pub(in crate::isolation::postgres) reason: String,
}

/// What kinds of statements there are.
#[derive(Default)]
struct Seen {
    apart: bool,
    may_commit: bool,
    inside: bool,
}

/// A plan that is being made.
pub(super) struct Draft<'a, 's> {
    script: &'a str,
    databases: &'s mut Databases,
    server: &'s Server<'s>,
    manner: Manner,
    units: Vec<Unit<'a>>,
    /// Where what goes together begins and ends so far.
    open: Option<(usize, usize)>,
    seen: Seen,
}

impl<'a, 's> Draft<'a, 's> {
    pub(super) fn new(
        script: &'a str,
        databases: &'s mut Databases,
        server: &'s Server<'s>,
        manner: Manner,
    ) -> Self {
        Self {
            script,
            databases,
            server,
            manner,
            units: Vec::new(),
            open: None,
            seen: Seen::default(),
        }
    }

    /// What is sent at once, and whether all of it can be one transaction.
    pub(super) fn finish(mut self) -> (Vec<Unit<'a>>, bool) {
        self.close();
        let Seen {
            apart,
            may_commit,
            inside,
        } = self.seen;
        let commits = may_commit && !inside;
        (
            self.units,
            self.manner == Manner::Known && !apart && !commits,
        )
    }

    pub(super) fn add(&mut self, piece: Piece<'a>) -> Result<(), Wrong<'a>> {
        match piece {
            Piece::Statement(statement) => self.statement(&statement)?,
            Piece::Data(data) => {
                self.close();
                if let Some(unit) = self.units.last_mut() {
                    unit.data = Some(data);
                }
            }
            Piece::Command(part) => match Command::read(part.text) {
                Command::Nothing => self.close(),
                Command::Connect(name) => {
                    self.databases.connect(&name);
                    self.seen.apart = true;
                    self.replace(part, "DISCARD ALL".into());
                }
                Command::Refused(reason) => return Err(Wrong { part, reason }),
            },
            Piece::Wrong(part, reason) => {
                return Err(Wrong {
                    part,
                    reason: reason.into(),
                });
            }
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement<'a>) -> Result<(), Wrong<'a>> {
        let form = statement.form();
        let part = Part {
            at: statement.at,
            text: statement.text,
        };
        let wrong = |reason: String| Wrong { part, reason };
        if !matches!(
            form,
            Form::Setting | Form::Database | Form::OfDatabase | Form::CreateRole | Form::AlterRole
        ) {
            self.databases.fill().map_err(|(one, other)| {
                wrong(format!("the script fills two databases, `{one}` and `{other}`, and a test has one; dump one of them with `pg_dump`"))
            })?;
        }
        match form {
            Form::Plain | Form::Inside | Form::MayCommit => {
                self.seen.may_commit |= form == Form::MayCommit;
                self.seen.inside |= form == Form::Inside;
                self.extend(part);
            }
            Form::Setting => match self.is_newer(statement) {
                true => self.close(),
                false => {
                    self.extend(part);
                    // The server reads all that it is sent at once in the same way.
                    if statement.mentions(READING) {
                        self.close();
                    }
                }
            },
            Form::Alone => self.alone(part),
            Form::Begin => {
                self.seen.apart = true;
                self.close();
                self.extend(part);
            }
            Form::End => {
                self.seen.apart = true;
                self.extend(part);
                self.close();
            }
            Form::CreateRole => self.replace(part, unless_there(statement.text)),
            Form::AlterRole if self.is_login(statement) => self.close(),
            Form::AlterRole => self.extend(part),
            // There is a database already.
            Form::Database => {
                let name = statement.name_after("database");
                if let Some(name) = name {
                    self.databases.call(&unquoted(name.text));
                }
                self.close();
            }
            Form::OfDatabase => match self.databases.renamed(statement) {
                Some(renamed) => self.replace(part, renamed),
                None => self.extend(part),
            },
            Form::System if self.server.is_own => self.alone(part),
            Form::System => {
                let reason =
                    "it would change the configuration of an existing server, which others use too";
                return Err(wrong(reason.into()));
            }
        }
        Ok(())
    }

    /// Returns whether it sets a parameter that the server is too old to know.
    fn is_newer(&self, statement: &Statement<'_>) -> bool {
        let sets = statement.sets();
        sets.is_some_and(|(name, _)| !self.server.knows(name))
    }

    /// Returns whether it changes how tests log in.
    fn is_login(&self, statement: &Statement<'_>) -> bool {
        let name = ["role", "user"]
            .iter()
            .find_map(|word| statement.name_after(word));
        name.is_some_and(|name| unquoted(name.text) == self.server.user)
            && statement.mentions(&["password"])
    }

    /// Sends it with what is there already, if that is not too much.
    fn extend(&mut self, part: Part<'a>) {
        let end = part.at + part.text.len();
        let start = self.open.map_or(part.at, |(start, _)| start);
        self.open = Some((start, end));
        if self.manner == Manner::Single || end - start >= LARGE {
            self.close();
        }
    }

    fn alone(&mut self, part: Part<'a>) {
        self.seen.apart = true;
        self.close();
        self.extend(part);
        self.close();
    }

    /// Sends something else in its place.
    fn replace(&mut self, part: Part<'a>, text: String) {
        self.close();
        let (at, end) = (part.at, part.at + part.text.len());
        self.units.push(Unit {
            at,
            end,
            text: text.into(),
            data: None,
        });
    }

    fn close(&mut self) {
        if let Some((at, end)) = self.open.take() {
            let text = self.script.get(at..end).unwrap_or_default().into();
            self.units.push(Unit {
                at,
                end,
                text,
                data: None,
            });
        }
    }
}

/// Makes a role unless there is one of its name: roles belong to the whole server, where another template may have made it.
fn unless_there(statement: &str) -> String {
    let statement = statement.trim_end_matches(';');
    // What ends it may be a comment.
    format!(
        "DO $fixtured$ BEGIN {statement}\n; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $fixtured$"
    )
}
