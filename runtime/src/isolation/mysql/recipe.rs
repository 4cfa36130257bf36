//! How to make a database like another one.

use std::collections::BTreeMap;

use super::connection::{Connection, Rows};
use super::quote::{quoted, text};
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;

/// The statements that make a database like the one that has been read, in an empty one.
///
/// There is no `CREATE DATABASE … LIKE`, so this is what `mysqldump` writes, but for the rows, which the server copies by itself.
#[derive(Debug)]
pub(super) struct Recipe {
    /// The character set and collation of the database.
    pub(super) characters: String,
    /// In this order.
    pub(super) statements: Vec<String>,
}

/// The start of a statement that sets the SQL mode in which the next statement was written.
const MODE: &str = "SET SESSION sql_mode = ";

/// So that a zero stays one, and every value that is there is allowed.
const COPYING: &str = "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'";

impl Recipe {
    /// Reads the database `name`, which becomes the one that the connection is in.
    pub(super) fn read(
        connection: &mut Connection,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        connection.execute(&format!("USE {}", quoted(name)), patience)?;
        let mut reading = Reading {
            connection,
            patience,
            name,
            statements: vec![COPYING.into()],
        };
        reading.routines()?;
        reading.tables()?;
        reading.triggers_and_events()?;
        let characters = reading.rows(
            "SELECT concat('CHARACTER SET ', default_character_set_name, ' COLLATE ', default_collation_name) \
             FROM information_schema.schemata WHERE schema_name = database()",
        )?;
        Ok(Self {
            characters: characters.concat().concat(),
            statements: reading.statements,
        })
    }
}

struct Reading<'a> {
    connection: &'a mut Connection,
    patience: &'a Patience<'a>,
    name: &'a str,
    statements: Vec<String>,
}

impl Reading<'_> {
    fn rows(&mut self, query: &str) -> Result<Rows, Problem> {
        self.connection.query(query, self.patience)
    }

    /// This column of `SHOW CREATE …`, rewritten for another database.
    fn shown(&mut self, what: &str, column: usize) -> Result<String, Problem> {
        let rows = self.rows(&format!("SHOW CREATE {what}"))?;
        let shown = rows.first().and_then(|row| row.get(column));
        // The server names the database in some places. The name is ours, so it stands for nothing else.
        Ok(shown
            .map(|text| text.replace(&format!("{}.", quoted(self.name)), ""))
            .unwrap_or_default())
    }

    /// An object with its own SQL mode, which is the second column.
    fn written(&mut self, what: &str, column: usize) -> Result<(), Problem> {
        let mode = self.shown(what, 1)?;
        let statement = self.shown(what, column)?;
        self.statements.push(format!("{MODE}{}", text(&mode)));
        self.statements.push(statement);
        Ok(())
    }

    /// Procedures and functions, which views may call.
    fn routines(&mut self) -> Result<(), Problem> {
        let routines = self.rows(
            "SELECT routine_type, routine_name FROM information_schema.routines \
             WHERE routine_schema = database() ORDER BY routine_type",
        )?;
        for (kind, name) in routines.iter().filter_map(pair) {
            self.written(&format!("{kind} {}", quoted(name)), 2)?;
        }
        self.statements.push(COPYING.into());
        Ok(())
    }

    fn tables(&mut self) -> Result<(), Problem> {
        let all = self.rows("SHOW FULL TABLES")?;
        let of_kind = |kinds: &[&str]| -> Vec<String> {
            let all = all.iter().filter_map(pair);
            let wanted = all.filter(|(_, kind)| kinds.contains(kind));
            wanted.map(|(name, _)| quoted(name)).collect()
        };
        // Tables may take their numbers from sequences.
        for name in of_kind(&["SEQUENCE"]) {
            let statement = self.shown(&format!("SEQUENCE {name}"), 1)?;
            self.statements.push(statement);
            let next = self.rows(&format!("SELECT next_not_cached_value FROM {name}"))?;
            let next = next.concat().concat();
            self.statements
                .push(format!("DO setval({name}, {next}, 0)"));
        }
        let tables = of_kind(&["BASE TABLE", "SYSTEM VERSIONED"]);
        for name in &tables {
            let statement = self.shown(&format!("TABLE {name}"), 1)?;
            self.statements.push(statement);
        }
        let columns = self.columns()?;
        for name in &tables {
            let filled = self.rows(&format!("SELECT 1 FROM {name} LIMIT 1"))?;
            if let Some(columns) = columns.get(name).filter(|_| !filled.is_empty()) {
                let columns = columns.join(", ");
                self.statements.push(format!(
                    "INSERT INTO {name} ({columns}) SELECT {columns} FROM {}.{name}",
                    quoted(self.name)
                ));
            }
        }
        let views = of_kind(&["VIEW"]);
        // A view may be made of others, in any order; so each has one standing in for it first.
        for name in views.iter().filter(|_| views.len() > 1) {
            let columns = columns.get(name).map(Vec::as_slice).unwrap_or_default();
            let columns = columns.join(", 1 AS ");
            self.statements
                .push(format!("CREATE VIEW {name} AS SELECT 1 AS {columns}"));
        }
        for name in &views {
            let statement = self.shown(&format!("VIEW {name}"), 1)?;
            let statement = statement.replacen("CREATE ", "CREATE OR REPLACE ", 1);
            self.statements.push(statement);
        }
        Ok(())
    }

    /// The columns of each table that hold what was put into them.
    fn columns(&mut self) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        let rows = self.rows(
            "SELECT table_name, column_name FROM information_schema.columns \
             WHERE table_schema = database() AND ifnull(generation_expression, '') = '' ORDER BY ordinal_position",
        )?;
        let mut columns = BTreeMap::<_, Vec<_>>::new();
        for (table, column) in rows.iter().filter_map(pair) {
            columns
                .entry(quoted(table))
                .or_default()
                .push(quoted(column));
        }
        Ok(columns)
    }

    /// They come last, so that nothing sets them off.
    fn triggers_and_events(&mut self) -> Result<(), Problem> {
        let triggers = self.rows(
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database() \
             ORDER BY event_object_table, action_timing, event_manipulation, action_order",
        )?;
        for name in triggers.iter().flatten() {
            self.written(&format!("TRIGGER {}", quoted(name)), 2)?;
        }
        let events =
            "SELECT event_name FROM information_schema.events WHERE event_schema = database()";
        for name in self.rows(events)?.iter().flatten() {
            self.written(&format!("EVENT {}", quoted(name)), 3)?;
        }
        Ok(())
    }
}

fn pair(row: &Vec<String>) -> Option<(&str, &str)> {
    match row.as_slice() {
        [first, second, ..] => Some((first, second)),
        _ => None,
    }
}
