//! The names that scripts have for the one database that there is.

use std::collections::BTreeSet;

use super::statement::{Form, Statement, unquoted};
use crate::isolation::postgres::quote::quoted;

/// The database that scripts run in, and what they call it. A dump that makes its database (`pg_dump --create`, `pg_dumpall`) speaks of it
/// by name, and so do scripts that set a server up; each test has a database of another name.
#[derive(Debug)]
pub(in crate::isolation::postgres) struct Databases {
    name: String,
    others: BTreeSet<String>,
    /// The name by which the script is connected now.
    current: Option<String>,
    /// The name by which it was connected when it made something.
    filled: Option<String>,
}

impl Databases {
    pub(in crate::isolation::postgres) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            others: BTreeSet::new(),
            current: None,
            filled: None,
        }
    }

    /// A script speaks of the database by this name.
    pub(super) fn call(&mut self, name: &str) {
        self.others.insert(name.into());
    }

    /// A script connects to the database by this name.
    pub(super) fn connect(&mut self, name: &str) {
        self.call(name);
        self.current = Some(name.into());
    }

    /// A new script begins.
    pub(super) fn begin(&mut self) {
        self.current = None;
    }

    /// A script makes something in the database that it is connected to. If another name has something already, returns both.
    pub(super) fn fill(&mut self) -> Result<(), (String, String)> {
        match (&self.current, &self.filled) {
            (Some(current), Some(filled)) if current != filled => {
                Err((filled.clone(), current.clone()))
            }
            (Some(current), None) => {
                self.filled = Some(current.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The statement with the real name of the database, if it calls it by another.
    pub(super) fn renamed(&self, statement: &Statement<'_>) -> Option<String> {
        let name = statement
            .name_after("database")
            .filter(|_| statement.form() == Form::OfDatabase)?;
        self.others.contains(&unquoted(name.text)).then_some(())?;
        let before = statement.text.get(..name.at)?;
        let after = statement.text.get(name.at + name.text.len()..)?;
        Some(format!("{before}{}{after}", quoted(&self.name)))
    }
}
