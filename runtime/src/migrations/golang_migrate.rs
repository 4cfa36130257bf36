//! golang-migrate: `000001_users.up.sql` with `000001_users.down.sql`.

use super::applied::{Applied, by_version};
use super::numbered::version;
use super::odd::Odd;
use super::record::Record;
use super::source::Source;

/// sqlx lays out its files in the same way, but numbers them with fewer digits or more.
pub(super) fn is_its_own(sources: &[Source]) -> bool {
    let six_digits = |source: &Source| source.name.find('_') == Some(6);
    let is_up = |source: &Source| source.name.ends_with(".up.sql");
    sources
        .iter()
        .all(|source| six_digits(source) && is_up(source))
}

/// Runs files by their number. The last one is recorded.
pub(super) fn applied(sources: Vec<Source>) -> Result<Applied, Odd> {
    let versions = sources
        .into_iter()
        .map(|source| Ok((version(&source)?, source)));
    let sources = by_version(versions.collect::<Result<_, _>>()?)?;
    let create = "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)";
    let last = sources
        .last()
        .map(|(version, _)| format!("{version}, false"));
    let record =
        Record::new("golang-migrate", create).rows("schema_migrations (version, dirty)", last);
    Ok(Applied {
        scripts: sources
            .into_iter()
            .map(|(_, source)| source.whole())
            .collect(),
        record: Some(record),
    })
}
