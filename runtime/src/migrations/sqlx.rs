//! sqlx: `1_users.sql`, or `1_users.up.sql` with `1_users.down.sql`.

use hmac_sha512::sha384;

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::numbered::version;
use super::odd::Odd;
use super::record::{Record, hex, literal};
use super::source::Source;

/// Runs files by their number, which is an `i64`.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let versions = sources
        .into_iter()
        .map(|source| Ok((version(&source)?, source)));
    let sources = by_version(versions.collect::<Result<_, _>>()?)?;
    let rows = sources
        .iter()
        .map(|(version, source)| row(*version, source, dialect));
    let record = Record::new("sqlx", create(dialect)).rows(
        "_sqlx_migrations (version, description, success, checksum, execution_time)",
        rows,
    );
    let scripts = sources.into_iter().map(|(_, source)| {
        let alone = source.text.starts_with("-- no-transaction");
        source.whole().alone(alone)
    });
    Ok(Applied {
        scripts: scripts.collect(),
        record: Some(record),
    })
}

fn row(version: i64, source: &Source, dialect: Dialect) -> String {
    let description = source.name.split_once('_').unwrap_or_default().1;
    let suffix = match description.ends_with(".up.sql") {
        true => ".up.sql",
        false => ".sql",
    };
    let description = description.trim_end_matches(suffix).replace('_', " ");
    let description = literal(&description, dialect);
    let checksum = hex(sha384::Hash::hash(source.text.as_bytes()));
    let checksum = match dialect {
        Dialect::Postgres => format!("decode('{checksum}', 'hex')"),
        Dialect::Mysql => format!("x'{checksum}'"),
    };
    format!("{version}, {description}, true, {checksum}, 0")
}

fn create(dialect: Dialect) -> String {
    let (time, bytes) = match dialect {
        Dialect::Postgres => ("timestamptz", "bytea"),
        Dialect::Mysql => ("timestamp", "blob"),
    };
    format!(
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
         installed_on {time} NOT NULL DEFAULT now(), success boolean NOT NULL, checksum {bytes} NOT NULL, \
         execution_time bigint NOT NULL)"
    )
}
