//! What a statement does, as far as it decides how it is sent.

use super::lexer::{Kind, Lexer, Token};

/// How many words of a statement are looked at. `ALTER TABLE IF EXISTS ONLY a.b DETACH PARTITION c.d CONCURRENTLY` has eleven.
const WORDS: usize = 16;

/// The first words of a statement, outside of parentheses and quotes.
#[derive(Clone, Debug, Default)]
pub(super) struct Head<'a>(Vec<&'a str>);

impl<'a> Head<'a> {
    pub(super) fn push(&mut self, word: &'a str) {
        if self.0.len() < WORDS {
            self.0.push(word);
        }
    }

    /// The word with this number, counted from 0.
    fn is(&self, number: usize, word: &str) -> bool {
        let found = self.0.get(number);
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    }

    /// Returns whether it begins with these words.
    pub(super) fn begins(&self, words: &[&str]) -> bool {
        let mut words = words.iter().enumerate();
        words.all(|(number, word)| self.is(number, word))
    }

    /// Returns whether these words are there, one after the other.
    pub(super) fn has(&self, words: &[&str]) -> bool {
        let mut rest = self.0.windows(words.len());
        rest.any(|found| {
            let mut both = found.iter().zip(words);
            both.all(|(found, word)| found.eq_ignore_ascii_case(word))
        })
    }

    /// Returns whether it begins with one of these.
    fn begins_one(&self, all: &[&[&str]]) -> bool {
        all.iter().any(|words| self.begins(words))
    }

    /// Returns whether statements without quotes may be inside it (`BEGIN ATOMIC`).
    pub(super) fn is_of_routine(&self) -> bool {
        let kind = match self.is(1, "or") {
            true => 3,
            false => 1,
        };
        self.is(0, "create") && (self.is(kind, "function") || self.is(kind, "procedure"))
    }

    /// Returns whether the data for it follows.
    pub(super) fn takes_data(&self) -> bool {
        self.is(0, "copy") && self.has(&["from", "stdin"])
    }
}

/// How a statement is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    /// Together with others.
    Plain,
    /// It changes only what statements mean.
    Setting,
    /// It cannot be in a transaction, or only its commit has an effect on others.
    Alone,
    /// It may commit: a procedure, or code without a name.
    MayCommit,
    /// It means nothing without a transaction around it.
    Inside,
    /// It begins a transaction.
    Begin,
    /// It ends a transaction.
    End,
    /// It makes a role.
    CreateRole,
    /// It changes a role.
    AlterRole,
    /// It makes or drops a database.
    Database,
    /// It concerns a database, which it names.
    OfDatabase,
    /// It changes the configuration of the server.
    System,
}

/// Statements that cannot be in a transaction (the pages of the manual say for each: "cannot be executed inside a transaction block"), and
/// those that can be only for some of what they are about.
const ALONE: &[&[&str]] = &[
    &["vacuum"],
    &["cluster"],
    &["reindex"],
    &["discard", "all"],
    &["create", "index", "concurrently"],
    &["create", "unique", "index", "concurrently"],
    &["drop", "index", "concurrently"],
    &["create", "tablespace"],
    &["drop", "tablespace"],
    &["create", "subscription"],
    &["alter", "subscription"],
    &["drop", "subscription"],
];

const INSIDE: &[&[&str]] = &[
    &["set", "local"],
    &["set", "constraints"],
    &["set", "transaction"],
    &["lock"],
    &["savepoint"],
    &["release"],
    &["rollback", "to"],
    &["rollback", "work", "to"],
    &["rollback", "transaction", "to"],
];

const BEGIN: &[&[&str]] = &[&["begin"], &["start", "transaction"]];

const END: &[&[&str]] = &[
    &["commit"],
    &["end"],
    &["rollback"],
    &["abort"],
    &["prepare", "transaction"],
];

/// A statement of a script, without the blanks and comments before it, with its semicolon.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    /// Where in the script it begins.
    pub(super) at: usize,
    pub(super) text: &'a str,
    pub(super) head: Head<'a>,
}

impl<'a> Statement<'a> {
    pub(super) fn form(&self) -> Form {
        let head = &self.head;
        let first = head.0.first().copied().unwrap_or_default();
        // Most statements are one of these.
        if ["insert", "update", "delete", "copy"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
        {
            return Form::Plain;
        }
        if head.begins_one(INSIDE) {
            Form::Inside
        } else if head.begins_one(BEGIN) {
            Form::Begin
        } else if head.begins_one(END) {
            Form::End
        } else if head.is(0, "set")
            || head.is(0, "reset")
            || head.begins(&["select", "pg_catalog", "set_config"])
            || head.begins(&["select", "set_config"])
        {
            Form::Setting
        } else if self.stands_alone() {
            Form::Alone
        } else if head.is(0, "call")
            || head.is(0, "do") && self.mentions(&["commit", "rollback", "call"])
        {
            Form::MayCommit
        } else if head.begins(&["alter", "system"]) {
            Form::System
        } else {
            self.form_of_shared()
        }
    }

    /// What roles and databases are about belongs to the whole server.
    fn form_of_shared(&self) -> Form {
        let head = &self.head;
        let is_mapping = head.is(2, "mapping");
        let is_role = head.is(1, "role") || head.is(1, "user") || head.is(1, "group");
        let is_database = head.is(1, "database");
        if head.is(0, "create") && is_role && !is_mapping {
            Form::CreateRole
        } else if head.is(0, "alter") && is_role && !is_mapping {
            Form::AlterRole
        } else if is_database && (head.is(0, "create") || head.is(0, "drop")) {
            Form::Database
        } else if head.begins(&["alter", "database"]) || head.has(&["on", "database"]) {
            Form::OfDatabase
        } else {
            Form::Plain
        }
    }

    fn stands_alone(&self) -> bool {
        let head = &self.head;
        let enumerates = head.begins(&["alter", "type"]) && head.has(&["add", "value"]);
        let detaches = head.begins(&["alter", "table"])
            && head.has(&["detach", "partition"])
            && head.has(&["concurrently"]);
        enumerates || detaches || head.begins_one(ALONE)
    }

    /// Returns whether one of these words is in it, in whatever quotes.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    /// The parameter that it sets, and its value, if that is one word or text.
    pub(super) fn sets(&self) -> Option<(&'a str, &'a str)> {
        let mut words = self.words();
        words
            .next()
            .filter(|word| word.text.eq_ignore_ascii_case("set"))?;
        let mut name = words.next()?;
        if name.text.eq_ignore_ascii_case("session") || name.text.eq_ignore_ascii_case("local") {
            name = words.next()?;
        }
        let rest = self.text.get(name.at + name.text.len()..)?.trim_start();
        let rest = match rest.strip_prefix('=') {
            Some(value) => value,
            None => rest.get(2..).filter(|_| {
                rest.get(..2)
                    .is_some_and(|to| to.eq_ignore_ascii_case("to"))
            })?,
        };
        let is_around = |letter: char| letter.is_whitespace() || letter == '\'' || letter == ';';
        Some((name.text, rest.trim_matches(is_around)))
    }

    /// The name that follows this word.
    pub(super) fn name_after(&self, word: &str) -> Option<Token<'a>> {
        let mut words = self
            .words()
            .skip_while(|found| found.kind != Kind::Word || !found.text.eq_ignore_ascii_case(word));
        words.next()?;
        let is_condition = |word: &Token<'_>| {
            ["if", "exists", "not"]
                .iter()
                .any(|other| word.text.eq_ignore_ascii_case(other))
        };
        words.find(|word| !is_condition(word))
    }

    /// Its words and names, with their places in it.
    fn words(&self) -> impl Iterator<Item = Token<'a>> {
        Lexer::new(self.text, 0, true).filter(|token| matches!(token.kind, Kind::Word | Kind::Name))
    }
}

/// A name as the server understands it.
pub(super) fn unquoted(name: &str) -> String {
    match name.strip_prefix('"') {
        Some(name) => name.strip_suffix('"').unwrap_or(name).replace("\"\"", "\""),
        None => name.to_ascii_lowercase(),
    }
}
