//! The tables in which tools record what they have applied.

use super::dialect::Dialect;
use super::script::Script;

/// Statements that fill such a table as its tool would have. A program that runs the tool when it starts finds nothing left to do.
#[derive(Debug)]
pub(super) struct Record {
    tool: &'static str,
    table: &'static str,
    create: String,
    insert: Option<String>,
}

impl Record {
    /// How the table of a tool is made.
    pub(super) fn new(tool: &'static str, create: impl Into<String>) -> Self {
        Self {
            tool,
            table: "",
            create: create.into(),
            insert: None,
        }
    }

    /// With rows, each as it stands in `VALUES`, in these columns of the table: `applied (version, time)`.
    pub(super) fn rows(self, into: &'static str, rows: impl IntoIterator<Item = String>) -> Self {
        let rows: Vec<_> = rows.into_iter().map(|row| format!("({row})")).collect();
        let insert = format!("INSERT INTO {into} VALUES\n{}", rows.join(",\n"));
        Self {
            table: into.split(' ').next().unwrap_or_default(),
            insert: (!rows.is_empty()).then_some(insert),
            ..self
        }
    }

    /// Makes the table before the scripts run, as the tools do, and fills it once they have run. Nothing is added if they make the table
    /// themselves, as dumps of databases do that the tool has migrated.
    pub(super) fn around(self, shown: &str, scripts: Vec<Script>) -> Vec<Script> {
        if scripts.iter().any(|script| self.is_made_by(&script.text)) {
            return scripts;
        }
        let name = format!("{shown} (the record of {})", self.tool);
        let made = Script::whole(&name, self.create);
        let filled = self.insert.map(|insert| Script::whole(&name, insert));
        let scripts = [made].into_iter().chain(scripts);
        scripts.chain(filled).collect()
    }

    fn is_made_by(&self, text: &str) -> bool {
        let mut lines = text.lines().filter(|line| line.contains(self.table));
        lines.any(|line| line.to_ascii_lowercase().contains("create table"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_the_scripts_make_is_theirs() {
        let run = |text: &str| {
            let record = Record::new("x", "CREATE TABLE applied (a int)");
            let record = record.rows(
                "applied (a)",
                ["1".into(), literal("it's \\", Dialect::Mysql)],
            );
            let scripts = record.around("m", vec![Script::whole("m/1", text)]);
            let texts: Vec<_> = scripts.into_iter().map(|script| script.text).collect();
            texts
        };
        let comment = "-- Reads applied.";
        let filled = "INSERT INTO applied (a) VALUES\n(1),\n('it''s \\\\')";
        assert_eq!(
            run(comment),
            ["CREATE TABLE applied (a int)", comment, filled]
        );
        let dump = "create table public.applied (\n    a integer\n);";
        assert_eq!(run(dump), [dump]);
    }
}
