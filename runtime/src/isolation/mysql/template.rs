//! The database that others are made like.

use std::sync::atomic::{AtomicBool, Ordering};

use super::connection::Connection;
use super::files::Files;
use super::quote::quoted;
use super::recipe::Recipe;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};

/// How databases are made like the one that was prepared.
#[derive(Debug)]
pub(super) struct Template {
    recipe: Recipe,
    files: Option<Files>,
    /// Whether the server has refused files.
    has_refused: AtomicBool,
}

/// Where a connection is that is in no database of a test, whose end would be its own.
const ELSEWHERE: &str = "USE information_schema";

/// The statements that drop the events of the current database.
const WITHOUT_EVENTS: &str = "SELECT concat('DROP EVENT `', replace(event_name, '`', '``'), '`') \
                              FROM information_schema.events WHERE event_schema = database()";

impl Template {
    /// Reads the database of this name, whose rows others are copied from. The files are had only of a server that is ours.
    pub(super) fn read(
        connection: &mut Connection,
        name: &str,
        is_ours: bool,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let recipe = Recipe::read(connection, name, patience)?;
        // The rows must stay as they are.
        for statement in connection.query(WITHOUT_EVENTS, patience)?.concat() {
            connection.execute(&statement, patience)?;
        }
        let files = match is_ours {
            true => Files::keep(connection, name, &recipe.filling, patience)?,
            false => None,
        };
        connection.execute(ELSEWHERE, patience)?;
        Ok(Self {
            recipe,
            files,
            has_refused: AtomicBool::new(false),
        })
    }

    /// The statements that make a database, and copy all rows into it.
    pub(super) fn statements(&self, name: &str) -> Vec<String> {
        let all = self.recipe.statements.iter().cloned();
        let ends = [ELSEWHERE.to_owned()];
        self.begin(name)
            .into_iter()
            .chain(all)
            .chain(ends)
            .collect()
    }

    /// Makes a database by copying the files of the large tables; returns whether that is possible.
    pub(super) fn copy(
        &self,
        connection: &mut Connection,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<bool, Problem> {
        let Some(files) = &self.files else {
            return Ok(false);
        };
        if self.has_refused.load(Ordering::Relaxed) {
            return Ok(false);
        }
        match self.copy_files(files, connection, name, patience) {
            Err(failed) if failed.is_refusal() => {
                // What it refuses now it would refuse the next time too, unless its disk is full.
                let is_full = failed.kind == Kind::Full;
                self.has_refused.fetch_or(!is_full, Ordering::Relaxed);
                // MariaDB does not drop a table that others refer to and whose files it has been told to expect, before it has missed them.
                for statement in files.each("IMPORT") {
                    match connection.execute(&statement, patience) {
                        Err(problem) if problem.is_refusal() => {}
                        done => done?,
                    }
                }
                let drop = format!("{ELSEWHERE}; DROP DATABASE IF EXISTS {}", quoted(name));
                connection.execute(&drop, patience)?;
                match is_full {
                    true => Err(failed),
                    false => Ok(false),
                }
            }
            copied => copied.map(|()| true),
        }
    }

    fn copy_files(
        &self,
        files: &Files,
        connection: &mut Connection,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let Recipe {
            statements,
            filling,
            ..
        } = &self.recipe;
        let large = files.tables.iter();
        let left_out: Vec<_> = large
            .filter_map(|table| filling.get(&quoted(table)))
            .collect();
        let all = statements.iter().enumerate();
        let others = all.filter(|(number, _)| !left_out.contains(&number));
        let mut made = self.begin(name);
        made.extend(others.map(|(_, statement)| statement.clone()));
        made.extend(files.each("DISCARD"));
        connection.execute_all(&made, patience)?;
        files.give_to(name).map_err(|error| {
            let text = format!("the files of its tables cannot be copied: {error}");
            Problem::new(Kind::Refused(String::new()), text)
        })?;
        let read: Vec<_> = files.each("IMPORT").chain([ELSEWHERE.to_owned()]).collect();
        connection.execute_all(&read, patience)
    }

    fn begin(&self, name: &str) -> Vec<String> {
        let name = quoted(name);
        let make = format!("CREATE DATABASE {name}{}", self.recipe.options);
        vec![make, format!("USE {name}")]
    }
}
