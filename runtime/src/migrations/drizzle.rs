//! Drizzle: `0000_users.sql`, in the order of `meta/_journal.json`; newer versions have directories with `migration.sql`.

use serde::Deserialize;

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::record::{Record, hex};
use super::source::Source;

const JOURNAL: &str = "meta/_journal.json";

/// What stands between statements. The `mysql` protocol does not take it for a comment.
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    tag: String,
    when: u64,
}

/// The files to read, if there is a journal.
pub(super) fn files(names: &Names) -> Option<Vec<String>> {
    names.has(JOURNAL).then(|| {
        let read = [JOURNAL].into_iter().chain(names.top_sql());
        read.map(str::to_owned).collect()
    })
}

/// Runs files in the order of the journal.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let (journal, mut sources): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.name == JOURNAL);
    let (mut scripts, mut rows) = (Vec::new(), Vec::new());
    for journal in journal {
        let entries = serde_json::from_str::<Journal>(&journal.text).map_err(|error| {
            Odd::new(JOURNAL, format!("it is no journal of Drizzle's: {error}"))
        })?;
        for Entry { tag, when } in entries.entries {
            let name = format!("{tag}.sql");
            let at = sources.iter().position(|source| source.name == name);
            let missing = || Odd::new(&name, format!("`{JOURNAL}` names it, but it is not there"));
            let source = sources.swap_remove(at.ok_or_else(missing)?);
            let hash = hex(hmac_sha256::Hash::hash(source.text.as_bytes()));
            rows.push(format!("'{hash}', {when}"));
            scripts.push(without_breakpoints(source).whole());
        }
    }
    if let Some(stray) = sources.first() {
        let reason = format!(
            "Drizzle would not run it, since `{JOURNAL}` does not name it; move the file away"
        );
        return Err(Odd::new(&stray.name, reason));
    }
    let (create, into) = match dialect {
        Dialect::Postgres => (
            "CREATE SCHEMA IF NOT EXISTS drizzle;\n\
             CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
            "drizzle.__drizzle_migrations (hash, created_at)",
        ),
        Dialect::Mysql => (
            "CREATE TABLE __drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
            "__drizzle_migrations (hash, created_at)",
        ),
    };
    let record = Record::new("Drizzle", create).rows(into, rows);
    Ok(Applied {
        scripts,
        record: Some(record),
    })
}

/// The files to read, if these are the directories of newer versions.
pub(super) fn directories(names: &Names) -> Option<Vec<String>> {
    names.with("snapshot.json").next()?;
    let read = names.with("migration.sql");
    Some(read.map(|name| format!("{name}/migration.sql")).collect())
}

/// Runs directories in the order of their names.
pub(super) fn applied_directories(sources: Vec<Source>) -> Result<Applied, Odd> {
    let named = sources
        .into_iter()
        .map(|source| (source.name.clone(), source));
    let sources = by_version(named.collect())?;
    let scripts = sources
        .into_iter()
        .map(|(_, source)| without_breakpoints(source).whole());
    Ok(Applied {
        scripts: scripts.collect(),
        record: None,
    })
}

/// A statement ends there even without a semicolon.
fn without_breakpoints(source: Source) -> Source {
    let mut text = String::with_capacity(source.text.len());
    for part in source.text.split_inclusive(BREAKPOINT) {
        let statement = part.trim_end_matches(BREAKPOINT);
        text.push_str(statement);
        let is_open = !statement.trim_end().ends_with(';');
        if statement.len() < part.len() && is_open {
            text.push(';');
        }
    }
    Source { text, ..source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_gives_the_order() {
        let journal = r#"{"version":"7","entries":[{"idx":0,"when":5,"tag":"0000_b","breakpoints":true},{"idx":1,"when":7,"tag":"0001_a"}]}"#;
        let sources = |third: &'static str| {
            let files = [
                (JOURNAL, journal),
                ("0001_a.sql", "SELECT 1;--> statement-breakpoint\nSELECT 2"),
                (third, "SELECT 3\n--> statement-breakpoint\nSELECT 4"),
            ];
            Vec::from(files.map(Source::from))
        };
        let run = applied(sources("0000_b.sql"), Dialect::Mysql).unwrap();
        let wanted = [
            ("m/0000_b.sql", "SELECT 3\n;\nSELECT 4"),
            ("m/0001_a.sql", "SELECT 1;\nSELECT 2"),
        ];
        assert_eq!(run.shown(), wanted);
        let missing = applied(sources("0000_c.sql"), Dialect::Mysql).unwrap_err();
        assert_eq!(
            missing,
            Odd::new(
                "0000_b.sql",
                "`meta/_journal.json` names it, but it is not there"
            )
        );
    }
}
