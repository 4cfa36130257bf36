//! How to make a database like another one.

use std::collections::BTreeMap;

use super::connection::{Connection, Rows};
use super::quote::quoted;
use super::setting::Setting;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;

/// The statements that make a database like the one that has been read, in an empty one.
///
/// There is no `CREATE DATABASE … LIKE`, so this is what `mysqldump` writes, but for the rows, which the server copies by itself, and large tables, which are copied by their files.
#[derive(Debug)]
pub(super) struct Recipe {
    /// What belongs to the database itself: its character set and collation, and its comment.
    pub(super) options: String,
    /// In this order.
    pub(super) statements: Vec<String>,
    /// Which of them copies the rows of which table.
    pub(super) filling: BTreeMap<String, usize>,
}

/// A database that is being read.
pub(super) struct Reading<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) patience: &'a Patience<'a>,
    pub(super) name: &'a str,
    /// That in which most statements are carried out.
    pub(super) ours: Setting,
    /// That of the last statement.
    setting: Setting,
    pub(super) statements: Vec<String>,
    pub(super) filling: BTreeMap<String, usize>,
}

impl Recipe {
    /// Reads the database `name`, which becomes the one that the connection is in.
    pub(super) fn read(
        connection: &mut Connection,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        connection.execute(&format!("USE {}", quoted(name)), patience)?;
        let collation = connection.query("SELECT @@collation_database", patience)?;
        let ours = Setting::ours(collation.concat().concat());
        let mut reading = Reading {
            connection,
            patience,
            name,
            setting: ours.clone(),
            ours,
            statements: Vec::new(),
            filling: BTreeMap::new(),
        };
        let made = format!("DATABASE {}", quoted(name));
        let shown = reading.shown(&made)?;
        let options = shown.get(1).and_then(|shown| shown.split_once(&made));
        let options = options.map_or_else(String::new, |(_, options)| options.into());
        reading.routines()?;
        reading.tables()?;
        // They come last, so that nothing sets them off.
        reading.triggers()?;
        reading.events()?;
        reading.set(reading.ours.clone());
        reading.grants()?;
        Ok(Self {
            options,
            statements: reading.statements,
            filling: reading.filling,
        })
    }
}

impl Reading<'_> {
    pub(super) fn rows(&mut self, query: &str) -> Result<Rows, Problem> {
        self.connection.query(query, self.patience)
    }

    /// The row of `SHOW CREATE …`, rewritten for another database.
    pub(super) fn shown(&mut self, what: &str) -> Result<Vec<String>, Problem> {
        let rows = self.rows(&format!("SHOW CREATE {what}"))?;
        // The server names the database in some places. The name is ours, so it stands for nothing else.
        let home = format!("{}.", quoted(self.name));
        let row = rows.into_iter().next().unwrap_or_default();
        Ok(row.iter().map(|text| text.replace(&home, "")).collect())
    }

    /// Has the following statements carried out in this setting.
    pub(super) fn set(&mut self, setting: Setting) {
        self.statements.extend(setting.after(&self.setting));
        self.setting = setting;
    }
}
