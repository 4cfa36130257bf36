//! The tables in which tools record what they have applied.

use super::dialect::Dialect;
use super::script::Script;

/// Statements that fill such a table as its tool would have. A program that runs the tool when it starts finds nothing left to do.
#[derive(Debug)]
pub(super) struct Record {
    tool: &'static str,
    create: String,
    insert: Option<String>,
}

impl Record {
    /// How a table is made.
    pub(super) fn new(tool: &'static str, create: impl Into<String>) -> Self {
        Self {
            tool,
            create: create.into(),
            insert: None,
        }
    }

    /// With rows, each as it stands in `VALUES`, in these columns of this table: `t (a, b)`.
    pub(super) fn rows(self, into: &str, rows: impl IntoIterator<Item = String>) -> Self {
        let rows: Vec<_> = rows.into_iter().map(|row| format!("({row})")).collect();
        let insert = format!("INSERT INTO {into} VALUES\n{}", rows.join(",\n"));
        Self {
            insert: (!rows.is_empty()).then_some(insert),
            ..self
        }
    }

    /// Makes the table before the scripts run, as the tools do, and fills it once they have run.
    pub(super) fn around(self, shown: &str, scripts: Vec<Script>) -> Vec<Script> {
        let name = format!("{shown} (the record of {})", self.tool);
        let made = Script::whole(&name, self.create);
        let filled = self.insert.map(|insert| Script::whole(&name, insert));
        let scripts = [made].into_iter().chain(scripts);
        scripts.chain(filled).collect()
    }
}

/// A text as it is written in SQL.
pub(super) fn literal(text: &str, dialect: Dialect) -> String {
    let text = text.replace('\'', "''");
    match dialect {
        Dialect::Postgres => format!("'{text}'"),
        Dialect::Mysql => format!("'{}'", text.replace('\\', "\\\\")),
    }
}

/// Bytes in hexadecimal digits.
pub(super) fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    let digits = bytes.into_iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}
