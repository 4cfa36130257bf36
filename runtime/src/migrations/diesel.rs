//! diesel: `2024-01-01-000000_users/up.sql` with `down.sql`.

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::record::{Record, literal};
use super::source::Source;

/// The files to read, if these are directories of diesel. It reads no others.
pub(super) fn files(names: &Names) -> Option<Result<Vec<String>, Odd>> {
    names.with("up.sql").next()?;
    let mut strays = names.sql().filter(|name| {
        let inside = name.split_once('/').map(|(_, file)| file);
        !matches!(inside, Some("up.sql" | "down.sql"))
    });
    if let Some(stray) = strays.next() {
        let reason = "diesel would not run it: it reads `up.sql` in the directories; move the file away, or make a migration of it";
        return Some(Err(Odd::new(stray, reason)));
    }
    for directory in names.directories() {
        if !names.has(&format!("{directory}/up.sql")) {
            let reason =
                "there is no `up.sql` in it, as there is in the others; move the directory away";
            return Some(Err(Odd::new(directory, reason)));
        }
    }
    let read = names
        .files()
        .filter(|name| name.ends_with("/up.sql") || name.ends_with("/metadata.toml"));
    Some(Ok(read.map(str::to_owned).collect()))
}

/// Runs directories by their version, which is a text.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let (up, metadata): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.base() == "up.sql");
    let up = up.into_iter().map(|source| (version(&source), source));
    let up = by_version(up.collect())?;
    // The time has a default.
    let rows = up.iter().map(|(version, _)| literal(version, dialect));
    let create = "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL, \
                  run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)";
    let record = Record::new("diesel", create).rows("__diesel_schema_migrations (version)", rows);
    let scripts = up.into_iter().map(|(_, source)| {
        let beside = source.name.replace("up.sql", "metadata.toml");
        let metadata = metadata.iter().find(|metadata| metadata.name == beside);
        let alone = metadata.is_some_and(|metadata| !wants_transaction(&metadata.text));
        source.whole().alone(alone)
    });
    Ok(Applied {
        scripts: scripts.collect(),
        record: Some(record),
    })
}

fn version(source: &Source) -> String {
    let version = source.name.split(['_', '/']).next().unwrap_or_default();
    version.replace('-', "")
}

/// Whether a `metadata.toml` wants a transaction. One that does not say so has none.
fn wants_transaction(metadata: &str) -> bool {
    let settings = metadata.lines().filter_map(|line| line.split_once('='));
    let mut settings = settings.filter(|(key, _)| key.trim() == "run_in_transaction");
    settings.any(|(_, value)| value.trim_start().starts_with("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_run_in_the_order_of_their_versions() {
        let sources = [
            ("2024-01-02-000000_b/up.sql", "B"),
            ("00000000000000_diesel_initial_setup/up.sql", "A"),
            (
                "2024-01-02-000000_b/metadata.toml",
                "run_in_transaction = false # index",
            ),
            ("2024-01-03-000000_c/up.sql", "C"),
            (
                "2024-01-03-000000_c/metadata.toml",
                "run_in_transaction=true",
            ),
        ];
        let applied = applied(sources.map(Source::from).into(), Dialect::Postgres).unwrap();
        let run = applied.scripts.iter();
        let run: Vec<_> = run
            .map(|script| (script.text.as_str(), script.alone))
            .collect();
        assert_eq!(run, [("A", false), ("B", true), ("C", false)]);
        let scripts = applied.record.unwrap().around("m", Vec::new());
        let rows = "INSERT INTO __diesel_schema_migrations (version) VALUES\n('00000000000000'),\n('20240102000000'),\n('20240103000000')";
        assert_eq!(scripts[1].text, rows);
    }

    #[test]
    fn what_diesel_does_not_run_is_refused() {
        let refused = |names: Names| files(&names).unwrap().unwrap_err();
        let stray = refused(Names::from(["1_a/up.sql", "2_b.sql"]));
        assert_eq!(
            stray,
            Odd::new(
                "2_b.sql",
                "diesel would not run it: it reads `up.sql` in the directories; move the file away, or make a migration of it"
            )
        );
        let code = format!("{:?}", refused(Names::from(["1_a/up.sql", "2_b/mod.rs"])));
        assert!(code.contains("no `up.sql` in it"), "{code}");
        assert!(files(&Names::from(["1_a.sql"])).is_none());
        let sources = ["1-0_a/up.sql", "10_b/up.sql"].map(|name| Source::from((name, "")));
        let twice = applied(sources.into(), Dialect::Mysql).unwrap_err();
        assert_eq!(
            twice,
            Odd::new("10_b/up.sql", "`1-0_a/up.sql` has the same version")
        );
    }
}
