//! Files beside each other, and whose they are.

use super::applied::Applied;
use super::dialect::Dialect;
use super::marked::Marked;
use super::names::Names;
use super::numbered::is_numbered;
use super::odd::Odd;
use super::source::Source;
use super::undoing::undoing;
use super::{atlas, golang_migrate, sqlx};

/// The files to read: those that do not undo others.
pub(super) fn files(names: &Names) -> Result<Vec<String>, Odd> {
    let is_sql = |name: &str| name.to_ascii_lowercase().ends_with(".sql");
    let mut misnamed = names
        .files()
        .filter(|name| is_sql(name) && !name.ends_with(".sql"));
    if let Some(name) = misnamed.next() {
        return Err(Odd::new(
            name,
            "rename it: the names of scripts end in `.sql`",
        ));
    }
    if let Some(odd) = undoing(names) {
        return Err(odd);
    }
    let (down, up): (Vec<_>, Vec<_>) = names.top_sql().partition(|name| is_down(name));
    for name in down {
        if !up.iter().any(|up| is_pair(up, name)) {
            return Err(Odd::new(name, "there is no `.up.sql` that it undoes"));
        }
    }
    // The tools with numbers look into no directories.
    let is_numbered = !up.is_empty() && up.iter().all(|name| is_numbered(name));
    let inside = names.sql().find_map(|name| name.split_once('/'));
    if let Some((directory, _)) = inside.filter(|_| !is_numbered) {
        let reason = "the scripts in this directory would not run; give `init` the path of the one directory that has all";
        return Err(Odd::new(directory, reason));
    }
    if up.is_empty() {
        return Err(Odd::new("", "there are no migrations in it"));
    }
    let sums = names.files().filter(|name| *name == atlas::SUM);
    Ok(up.into_iter().chain(sums).map(str::to_owned).collect())
}

fn is_down(name: &str) -> bool {
    name == "down.sql" || name.ends_with(".down.sql")
}

fn is_pair(up: &str, down: &str) -> bool {
    let number = |name: &str| name.split('_').next().map(str::to_owned);
    match is_numbered(down) {
        true => is_numbered(up) && number(up) == number(down),
        false => up == down.replace("down.sql", "up.sql"),
    }
}

/// Runs files as their tool does; those of none by number and name.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let (mut sums, sources): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| source.name == atlas::SUM);
    if let Some(tool) = Marked::of(&sources)? {
        return tool.applied(sources, dialect);
    }
    if let Some(sums) = sums.pop() {
        return atlas::applied(sources, &sums, dialect);
    }
    let (numbered, others): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| is_numbered(&source.name));
    match (numbered.is_empty(), others.first()) {
        (true, _) => Ok(plain(others)),
        (false, None) if golang_migrate::is_its_own(&numbered) => golang_migrate::applied(numbered),
        (false, None) => sqlx::applied(numbered, dialect),
        (false, Some(other)) => {
            let reason = "its name has no number like the others (`1_users.sql`), so its place is unknown; rename it or move it away";
            Err(Odd::new(&other.name, reason))
        }
    }
}

/// What runs of files that the user has named, of which nothing is recorded.
pub(super) fn named(sources: Vec<Source>) -> Result<Applied, Odd> {
    let mut scripts = Vec::new();
    match Marked::of(&sources)? {
        None => scripts.extend(sources.into_iter().map(Source::whole)),
        Some(tool) => {
            for source in &sources {
                scripts.extend(tool.forward(source)?);
            }
        }
    }
    let record = None;
    Ok(Applied { scripts, record })
}

/// By the number at the beginning of a name, in which `-` does not count, and then by name. Names without one come last.
fn plain(mut sources: Vec<Source>) -> Applied {
    sources.sort_by_cached_key(|source| {
        let end = source
            .name
            .find(|letter: char| !letter.is_ascii_digit() && letter != '-');
        let digits = source
            .name
            .get(..end.unwrap_or(0))
            .unwrap_or_default()
            .replace('-', "");
        (digits.parse().unwrap_or(u128::MAX), source.name.clone())
    });
    Applied {
        scripts: sources.into_iter().map(Source::whole).collect(),
        record: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: &str = "-- migrate:up\nSELECT 1;\n-- migrate:down\n";

    fn run(files: &[(&str, &str)]) -> Result<Vec<String>, Odd> {
        let sources = files.iter().map(|file| Source::from(*file)).collect();
        let applied = applied(sources, Dialect::Postgres)?;
        let scripts = match applied.record {
            Some(record) => record.around("m", applied.scripts),
            None => applied.scripts,
        };
        Ok(scripts.into_iter().map(|script| script.file).collect())
    }

    #[test]
    fn files_run_as_their_tool_runs_them() {
        let check =
            |files: &[(&str, &str)], wanted: &[&str]| assert_eq!(run(files).unwrap(), wanted);
        check(
            &[("b.sql", ""), ("2-a.sql", ""), ("10.sql", "")],
            &["m/2-a.sql", "m/10.sql", "m/b.sql"],
        );
        let around = |tool, first, second| {
            let record = format!("m (the record of {tool})");
            [record.clone(), first, second, record]
        };
        let check = |tool, files: [(&str, &str); 2]| {
            let shown = files.map(|(name, _)| format!("m/{name}"));
            let [first, second] = shown;
            let mut files = files;
            files.reverse();
            assert_eq!(run(&files).unwrap(), around(tool, first, second));
        };
        check("sqlx", [("2_b.sql", ""), ("10_a.up.sql", "")]);
        check(
            "golang-migrate",
            [("000002_b.up.sql", ""), ("000010_a.up.sql", "")],
        );
        check("dbmate", [("10_a.sql", UP), ("2_b.sql", UP)]);
        check(
            "goose",
            [
                ("2_b.sql", "-- +goose Up\n"),
                ("10_a.sql", "-- +goose Up\n"),
            ],
        );
        check(
            "sql-migrate",
            [
                ("2-b.sql", "-- +migrate Up\n"),
                ("a.sql", "-- +migrate Up\n"),
            ],
        );
    }

    #[test]
    fn a_single_file_goes_up_only() {
        let named = |text: &str| named(vec![Source::from(("", text))]);
        let applied = named(UP).unwrap();
        assert_eq!(applied.shown(), [("m/", "SELECT 1;\n")]);
        assert!(applied.record.is_none());
        assert_eq!(named("SELECT 2;").unwrap().shown(), [("m/", "SELECT 2;")]);
        assert!(named("--liquibase formatted sql").is_err());
    }

    #[test]
    fn mixtures_are_refused() {
        let check = |files: &[(&str, &str)], name: &str, part: &str| {
            let odd = format!("{:?}", run(files).unwrap_err());
            assert!(odd.contains(name) && odd.contains(part), "{odd}");
        };
        check(
            &[("1_a.sql", UP), ("2_b.sql", "SELECT 1")],
            "2_b.sql",
            "there is no `-- migrate:up`",
        );
        check(
            &[("1_a.sql", UP), ("2_b.sql", "-- +goose Up")],
            "2_b.sql",
            "those of goose",
        );
        check(&[("1_a.sql", ""), ("b.sql", "")], "b.sql", "`1_users.sql`");
        check(
            &[("1_a.sql", ""), ("01_b.sql", "")],
            "1_a.sql",
            "same version",
        );
        check(
            &[("1_a.sql", ""), ("99999999999999999999_b.sql", "")],
            "9_b.sql",
            "64 bits",
        );
        check(
            &[("a.sql", "SELECT 1;\n-- Down Migration\n")],
            "line: Some(2)",
            "node-pg-migrate",
        );
    }

    #[test]
    fn what_undoes_is_not_read() {
        let read = |names: Names| files(&names);
        let names = Names::from([
            "1_a.up.sql",
            "1_b.down.sql",
            "2_c.sql",
            "old/3_d.sql",
            "atlas.sum",
        ]);
        let wanted = ["1_a.up.sql", "2_c.sql", "atlas.sum"].map(str::to_owned);
        assert_eq!(read(names), Ok(wanted.into()));
        let check = |names: Names, name: &str, reason: &str| {
            assert_eq!(read(names), Err(Odd::new(name, reason)));
        };
        check(
            Names::from(["README.md"]),
            "",
            "there are no migrations in it",
        );
        check(
            Names::from(["1_a.sql", "2_a.down.sql"]),
            "2_a.down.sql",
            "there is no `.up.sql` that it undoes",
        );
        check(
            Names::from(["schema.sql", "migrations/1_a.sql"]),
            "migrations",
            "the scripts in this directory would not run; give `init` the path of the one directory that has all",
        );
        check(
            Names::from(["1_a.SQL"]),
            "1_a.SQL",
            "rename it: the names of scripts end in `.sql`",
        );
    }
}
