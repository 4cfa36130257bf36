//! refinery: `V1__users.sql`, and `U2__notes.sql`, which may be added after later ones have run.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::record::{Record, literal};
use super::source::Source;
use super::versioned::Versioned;

/// The files to read: all below the directory.
pub(super) fn files(names: &Names) -> Result<Vec<String>, Odd> {
    let stray = names
        .sql()
        .find(|name| Versioned::of(super::versioned::last(name)).is_none());
    if let Some(stray) = stray {
        let reason = "refinery would not run it: its names are like `V1__users.sql`; rename the file or move it away";
        return Err(Odd::new(stray, reason));
    }
    Ok(names.sql().map(str::to_owned).collect())
}

/// Runs files by their number, those with `U` among the others.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let numbered = sources
        .into_iter()
        .map(|source| (number(&source).unwrap_or_default(), source));
    let sources = by_version(numbered.collect())?;
    let is_small = sources
        .iter()
        .all(|(number, _)| i32::try_from(*number).is_ok());
    let now = match dialect {
        Dialect::Postgres => "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
        Dialect::Mysql => "date_format(utc_timestamp(), '%Y-%m-%dT%H:%i:%sZ')",
    };
    let rows = sources.iter().map(|(number, source)| {
        let name = name(source);
        let checksum = checksum(name, *number, is_small, &source.text);
        let name = literal(name, dialect);
        format!("{number}, {name}, {now}, '{checksum}'")
    });
    // A program with its feature `int8-versions` needs the larger type, and has other checksums.
    let number = if is_small { "int4" } else { "int8" };
    let create = format!(
        "CREATE TABLE refinery_schema_history (version {number} PRIMARY KEY, name varchar(255), applied_on varchar(255), \
         checksum varchar(255))"
    );
    let into = "refinery_schema_history (version, name, applied_on, checksum)";
    let record = Record::new("refinery", create).rows(into, rows);
    Ok(Applied {
        scripts: sources
            .into_iter()
            .map(|(_, source)| source.whole())
            .collect(),
        record: Some(record),
    })
}

fn number(source: &Source) -> Option<i64> {
    Versioned::of(source.base())?.version.parse().ok()
}

fn name(source: &Source) -> &str {
    let parts = Versioned::of(source.base());
    parts.map_or("", |parts| parts.description)
}

/// SipHash 1-3 with a key of zeros, which is what the standard library's hasher is. A test compares it with refinery's.
fn checksum(name: &str, number: i64, is_small: bool, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    match i32::try_from(number) {
        Ok(number) if is_small => number.hash(&mut hasher),
        _ => number.hash(&mut hasher),
    }
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forward_migrations_of_both_kinds_run_by_number() {
        let names = ["V10__c.sql", "a/U2__b.sql", "V1__a.sql"];
        let sources = names.map(|name| Source::from((name, "SELECT 1")));
        let applied = applied(sources.into(), Dialect::Postgres).unwrap();
        let run: Vec<_> = applied.shown().into_iter().map(|(file, _)| file).collect();
        assert_eq!(run, ["m/V1__a.sql", "m/a/U2__b.sql", "m/V10__c.sql"]);
        let sources = ["V1__a.sql", "U01__b.sql"].map(|name| Source::from((name, "")));
        let twice = super::applied(sources.into(), Dialect::Postgres).unwrap_err();
        assert_eq!(
            twice,
            Odd::new("V1__a.sql", "`U01__b.sql` has the same version")
        );
    }
}
