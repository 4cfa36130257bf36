//! sql-migrate: files with `-- +migrate Up` and `-- +migrate Down`.

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::odd::Odd;
use super::record::{Record, literal};
use super::script::Script;
use super::sections::{Sign, sections};
use super::source::Source;

/// What a line means to sql-migrate.
pub(super) fn sign(line: &str) -> Option<Sign<'_>> {
    let rest = line.strip_prefix("-- +migrate ")?.trim();
    let (word, options) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match word {
        "Up" => Some(Sign::Up(options)),
        "Down" => Some(Sign::Down),
        "StatementEnd" => Some(Sign::End),
        _ => None,
    }
}

/// Runs files by the number that their names begin with and then by name; those without a number come last.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let named = sources.into_iter().map(|source| {
        let end = source.name.find(|letter: char| !letter.is_ascii_digit());
        let digits = source.name.get(..end.unwrap_or(0)).unwrap_or_default();
        let number = digits.parse::<u64>().unwrap_or(u64::MAX);
        ((number, source.name.clone()), source)
    });
    let sources = by_version(named.collect())?;
    let create = match dialect {
        Dialect::Postgres => {
            "CREATE TABLE gorp_migrations (id text NOT NULL PRIMARY KEY, applied_at timestamptz)"
        }
        Dialect::Mysql => {
            "CREATE TABLE gorp_migrations (id varchar(255) NOT NULL PRIMARY KEY, applied_at datetime) ENGINE=InnoDB CHARSET=utf8"
        }
    };
    let rows = sources.iter().map(|(_, source)| {
        let id = literal(&source.name, dialect);
        format!("{id}, CURRENT_TIMESTAMP")
    });
    let record = Record::new("sql-migrate", create).rows("gorp_migrations (id, applied_at)", rows);
    let scripts = sources.iter().flat_map(|(_, source)| forward(source));
    Ok(Applied {
        scripts: scripts.collect(),
        record: Some(record),
    })
}

/// What runs of a file. A comment for one part without a transaction counts for all, as it does for sql-migrate.
pub(super) fn forward(source: &Source) -> Vec<Script> {
    let parts = sections(&source.text, sign);
    let is_alone = |options: &str| {
        options
            .split_whitespace()
            .any(|option| option == "notransaction")
    };
    let alone = parts.iter().any(|part| is_alone(part.options));
    let scripts = parts.into_iter().map(|part| Script {
        line: part.line,
        ..Script::whole(&source.shown, part.text).alone(alone)
    });
    scripts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_up_runs() {
        let text = "-- +migrate Up notransaction\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 3;";
        let run = forward(&Source::from(("1_a.sql", text)));
        let script = |line, text: &str| Script {
            line,
            ..Script::whole("m/1_a.sql", text).alone(true)
        };
        assert_eq!(run, [script(2, "SELECT 1;\n"), script(6, "SELECT 3;")]);
        let sources = ["a.sql", "10_a.sql", "2-b.sql"].map(|name| Source::from((name, text)));
        let run = applied(sources.into(), Dialect::Postgres).unwrap();
        let files: Vec<_> = run
            .scripts
            .iter()
            .step_by(2)
            .map(|script| script.file.as_str())
            .collect();
        assert_eq!(files, ["m/2-b.sql", "m/10_a.sql", "m/a.sql"]);
    }
}
