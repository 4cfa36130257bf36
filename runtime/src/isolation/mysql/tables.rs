//! Sequences, tables with their rows, and views.

use std::collections::BTreeMap;

use super::quote::{quoted, text};
use super::recipe::Reading;
use super::setting::Setting;
use crate::isolation::problem::Problem;

impl Reading<'_> {
    /// Reads the sequences, tables and views.
    pub(super) fn tables(&mut self) -> Result<(), Problem> {
        self.set(self.ours.clone());
        let all = self.rows("SHOW FULL TABLES")?;
        let of_kind = |kinds: &[&str]| -> Vec<String> {
            let all = all.iter().filter_map(pair);
            let wanted = all.filter(|(_, kind)| kinds.contains(kind));
            wanted.map(|(name, _)| quoted(name)).collect()
        };
        // Tables may take their numbers from sequences.
        for name in of_kind(&["SEQUENCE"]) {
            self.sequence(&name)?;
        }
        let tables = of_kind(&["BASE TABLE", "SYSTEM VERSIONED"]);
        for name in &tables {
            let shown = self.shown(&format!("TABLE {name}"))?;
            self.statements.extend(shown.into_iter().nth(1));
        }
        let columns = self.columns()?;
        for name in &tables {
            let filled = self.rows(&format!("SELECT 1 FROM {name} LIMIT 1"))?;
            if let Some(columns) = columns.get(name).filter(|_| !filled.is_empty()) {
                let columns = columns.join(", ");
                self.filling.insert(name.clone(), self.statements.len());
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
            self.view(name)?;
        }
        Ok(())
    }

    fn sequence(&mut self, name: &str) -> Result<(), Problem> {
        let shown = self.shown(&format!("SEQUENCE {name}"))?;
        self.statements.extend(shown.into_iter().nth(1));
        let next = self.rows(&format!("SELECT next_not_cached_value FROM {name}"))?;
        let next = next.concat().concat();
        self.statements
            .push(format!("DO setval({name}, {next}, 0)"));
        Ok(())
    }

    fn view(&mut self, name: &str) -> Result<(), Problem> {
        if let [_, statement, client, connection, ..] =
            self.shown(&format!("VIEW {name}"))?.as_slice()
        {
            let setting = Setting {
                client: client.clone(),
                connection: connection.clone(),
                ..self.ours.clone()
            };
            self.set(setting.of(statement));
            let statement = statement.replacen("CREATE ", "CREATE OR REPLACE ", 1);
            self.statements.push(statement);
        }
        Ok(())
    }

    /// The columns of each table that hold what was put into them.
    fn columns(&mut self) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        let rows = self.rows(&format!(
            "SELECT table_name, column_name FROM information_schema.columns \
             WHERE table_schema = {} AND ifnull(generation_expression, '') = '' ORDER BY ordinal_position",
            text(self.name)
        ))?;
        let mut columns = BTreeMap::<_, Vec<_>>::new();
        for (table, column) in rows.iter().filter_map(pair) {
            columns
                .entry(quoted(table))
                .or_default()
                .push(quoted(column));
        }
        Ok(columns)
    }
}

fn pair(row: &Vec<String>) -> Option<(&str, &str)> {
    match row.as_slice() {
        [first, second, ..] => Some((first, second)),
        _ => None,
    }
}
