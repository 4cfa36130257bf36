//! Prisma: `20240101000000_users/migration.sql`, with `migration_lock.toml`.

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::record::{Record, hex, literal};
use super::source::Source;

const LOCK: &str = "migration_lock.toml";

/// The files to read, if these are directories of Prisma.
pub(super) fn files(names: &Names) -> Option<Result<Vec<String>, Odd>> {
    if !names.has(LOCK) && names.with("migration.sql").next().is_none() {
        return None;
    }
    if let Some(stray) = names.sql().find(|name| !name.ends_with("/migration.sql")) {
        let reason = "Prisma would not run it: it reads `migration.sql` in the directories; move the file away, or make a migration of it";
        return Some(Err(Odd::new(stray, reason)));
    }
    for directory in names.directories() {
        if !names.has(&format!("{directory}/migration.sql")) {
            let reason = "there is no `migration.sql` in it, as there is in the others";
            return Some(Err(Odd::new(directory, reason)));
        }
    }
    let read = names
        .files()
        .filter(|name| *name == LOCK || name.ends_with("/migration.sql"));
    Some(Ok(read.map(str::to_owned).collect()))
}

/// Runs directories in the order of their names.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let (lock, sources): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| source.name == LOCK);
    for lock in lock {
        check(&lock, dialect)?;
    }
    let named = sources
        .into_iter()
        .map(|source| (directory(&source).to_owned(), source));
    let sources = by_version(named.collect())?;
    let (id, time, count) = match dialect {
        Dialect::Postgres => ("md5(random()::text)::uuid", "timestamptz", "integer"),
        Dialect::Mysql => ("uuid()", "datetime(3)", "integer unsigned"),
    };
    let now = match dialect {
        Dialect::Postgres => "now()",
        Dialect::Mysql => "CURRENT_TIMESTAMP(3)",
    };
    let rows = sources.iter().map(|(name, source)| {
        let checksum = hex(hmac_sha256::Hash::hash(source.text.as_bytes()));
        let name = literal(name, dialect);
        format!("{id}, '{checksum}', {now}, {name}, 1")
    });
    let create = format!(
        "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL, finished_at {time}, \
         migration_name varchar(255) NOT NULL, logs text, rolled_back_at {time}, started_at {time} NOT NULL DEFAULT {now}, \
         applied_steps_count {count} NOT NULL DEFAULT 0)"
    );
    let into =
        "_prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)";
    let record = Record::new("Prisma", create).rows(into, rows);
    Ok(Applied {
        scripts: sources
            .into_iter()
            .map(|(_, source)| source.whole())
            .collect(),
        record: Some(record),
    })
}

fn directory(source: &Source) -> &str {
    source.name.split('/').next().unwrap_or_default()
}

/// The lock names the database that the migrations are for.
fn check(lock: &Source, dialect: Dialect) -> Result<(), Odd> {
    let settings = lock.text.lines().filter_map(|line| line.split_once('='));
    let mut settings = settings.filter(|(key, _)| key.trim() == "provider");
    let provider = settings.next();
    let provider = provider.map(|(_, value)| value.trim().trim_matches('"'));
    let wanted: &[&str] = match dialect {
        Dialect::Postgres => &["postgresql", "postgres", "cockroachdb"],
        Dialect::Mysql => &["mysql"],
    };
    match provider {
        Some(provider) if !wanted.contains(&provider) => {
            let reason = format!(
                "the migrations are for `{provider}`, not for {}",
                wanted.first().unwrap_or(&"")
            );
            Err(Odd::new(&lock.name, reason))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_says_which_database() {
        let sources = || {
            let files = [
                (LOCK, "# x\nprovider = \"postgresql\"\n"),
                ("2_b/migration.sql", "B"),
                ("10_a/migration.sql", "A"),
            ];
            Vec::from(files.map(Source::from))
        };
        let run = applied(sources(), Dialect::Postgres).unwrap();
        assert_eq!(
            run.shown(),
            [("m/10_a/migration.sql", "A"), ("m/2_b/migration.sql", "B")]
        );
        let other = applied(sources(), Dialect::Mysql).unwrap_err();
        assert_eq!(
            other,
            Odd::new(LOCK, "the migrations are for `postgresql`, not for mysql")
        );
    }
}
