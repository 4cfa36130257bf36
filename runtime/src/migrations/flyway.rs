//! Flyway: `V1.2__users.sql`, `R__views.sql`, `B5__everything.sql`; `U1__users.sql` would undo.

use super::applied::{Applied, by_version};
use super::crc::crc32;
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::record::{Record, literal};
use super::script::Script;
use super::source::Source;
use super::versioned::{Number, Versioned, is_configuration, last};

/// The files to read: all below the directory.
pub(super) fn files(names: &Names) -> Result<Vec<String>, Odd> {
    if let Some(stray) = names.sql().find(|name| Versioned::of(last(name)).is_none()) {
        let reason = match is_callback(last(stray)) {
            true => {
                "Flyway would run it as a callback, which is not done here; run Flyway in a function: `init = migrate`"
            }
            false => {
                "Flyway would not run it: its names are like `V1__users.sql` and `R__views.sql`; rename the file or move it away"
            }
        };
        return Err(Odd::new(stray, reason));
    }
    let runs = |name: &&str| !last(name).starts_with('U');
    let read = names.files().filter(|name| is_configuration(name));
    Ok(read
        .chain(names.sql().filter(runs))
        .map(str::to_owned)
        .collect())
}

fn is_callback(name: &str) -> bool {
    let begins = ["before", "after", "createSchema"];
    begins.iter().any(|begin| name.starts_with(begin))
}

/// Runs the newest baseline, the versions above it, and last what is repeatable, by description.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let (configuration, sources): (Vec<_>, Vec<_>) = sources
        .into_iter()
        .partition(|source| is_configuration(&source.name));
    let (mut baselines, mut versions, mut repeatables) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let placeholder = source.text.lines().position(|line| line.contains("${"));
        if let Some(before) = placeholder {
            let reason = "Flyway would replace the placeholder `${…}`, whose value is not known here; run Flyway in a function: `init = migrate`";
            return Err(Odd::new(&source.name, reason).at(before + 1));
        }
        match Versioned::of(source.base()) {
            Some(parts) if parts.kind == 'R' => repeatables.push((description(&parts), source)),
            Some(parts) if parts.kind == 'B' => baselines.push((parts.number(), source)),
            Some(parts) => versions.push((parts.number(), source)),
            None => {}
        }
    }
    let baseline = by_version(baselines)?.pop();
    let above = |number: &Number| baseline.as_ref().is_none_or(|(base, _)| number > base);
    let mut versions = by_version(versions)?;
    versions.retain(|(number, _)| above(number));
    let repeatables = by_version(repeatables)?;
    let versions = baseline
        .into_iter()
        .chain(versions)
        .map(|(_, source)| source);
    let order: Vec<_> = versions
        .chain(repeatables.into_iter().map(|(_, source)| source))
        .collect();
    let rows = order
        .iter()
        .enumerate()
        .map(|(before, source)| row(before + 1, source, dialect));
    let into = "flyway_schema_history (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)";
    let record = Record::new("Flyway", create(dialect)).rows(into, rows);
    let scripts = order
        .into_iter()
        .map(|source| script(source, &configuration));
    Ok(Applied {
        scripts: scripts.collect::<Result<_, _>>()?,
        record: Some(record),
    })
}

/// A file as the configuration beside it says.
fn script(source: Source, configuration: &[Source]) -> Result<Script, Odd> {
    let beside = format!("{}.conf", source.name);
    let beside = configuration.iter().find(|file| file.name == beside);
    let mut alone = false;
    for (number, line) in beside.iter().flat_map(|file| file.text.lines().enumerate()) {
        match line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
        {
            Some(("executeInTransaction", value)) => alone = value == "false",
            Some(_) if !line.trim_start().starts_with('#') => {
                let reason = "only `executeInTransaction` is known here; run Flyway in a function: `init = migrate`";
                return Err(Odd::new(&format!("{}.conf", source.name), reason).at(number + 1));
            }
            _ => {}
        }
    }
    Ok(source.whole().alone(alone))
}

fn description(parts: &Versioned<'_>) -> String {
    parts.description.replace('_', " ")
}

fn row(rank: usize, source: &Source, dialect: Dialect) -> String {
    let parts = Versioned::of(source.base());
    let (kind, version) = match &parts {
        Some(parts) if parts.kind == 'R' => ("SQL", "NULL".into()),
        Some(parts) if parts.kind == 'B' => (
            "SQL_BASELINE",
            literal(&parts.version.replace('_', "."), dialect),
        ),
        Some(parts) => ("SQL", literal(&parts.version.replace('_', "."), dialect)),
        None => ("SQL", "NULL".into()),
    };
    let description = literal(
        &parts.as_ref().map(description).unwrap_or_default(),
        dialect,
    );
    let script = literal(&source.name, dialect);
    // Without the ends of lines, whichever they are.
    let text = source.text.trim_start_matches('\u{feff}').bytes();
    let checksum = crc32(text.filter(|byte| !matches!(byte, b'\n' | b'\r'))).cast_signed();
    let user = match dialect {
        Dialect::Postgres => "current_user",
        Dialect::Mysql => "substring_index(user(), '@', 1)",
    };
    format!("{rank}, {version}, {description}, '{kind}', {script}, {checksum}, {user}, 0, true")
}

fn create(dialect: Dialect) -> String {
    let time = match dialect {
        Dialect::Postgres => "now()",
        Dialect::Mysql => "CURRENT_TIMESTAMP",
    };
    format!(
        "CREATE TABLE flyway_schema_history (installed_rank int NOT NULL, version varchar(50), description varchar(200) NOT NULL, \
         type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, \
         installed_on timestamp NOT NULL DEFAULT {time}, execution_time int NOT NULL, success boolean NOT NULL, \
         CONSTRAINT flyway_schema_history_pk PRIMARY KEY (installed_rank));\n\
         CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(files: &[(&str, &str)]) -> Result<Vec<Script>, Odd> {
        let sources = files.iter().map(|file| Source::from(*file)).collect();
        let applied = applied(sources, Dialect::Postgres)?;
        let record = applied.record.unwrap();
        Ok(record.around("m", applied.scripts))
    }

    #[test]
    fn the_newest_baseline_runs_first_and_what_is_repeatable_last() {
        let files = [
            ("R__b_view.sql", ""),
            ("R__a_view.sql", ""),
            ("B1__base.sql", ""),
            ("B2__base.sql", ""),
            ("V1_5__old.sql", ""),
            ("a/V2.10__c.sql", ""),
            ("V2_9__b.sql", "SELECT 1;\r\nSELECT 2;\n"),
            ("V2_9__b.sql.conf", "executeInTransaction=false"),
        ];
        let scripts = run(&files).unwrap();
        let run = scripts
            .iter()
            .map(|script| (script.file.as_str(), script.alone));
        let run: Vec<_> = run.skip(1).take(5).collect();
        let wanted = [
            ("m/B2__base.sql", false),
            ("m/V2_9__b.sql", true),
            ("m/a/V2.10__c.sql", false),
            ("m/R__a_view.sql", false),
            ("m/R__b_view.sql", false),
        ];
        assert_eq!(run, wanted);
        let rows: Vec<_> = scripts.last().unwrap().text.lines().skip(1).collect();
        let wanted = [
            "(1, '2', 'base', 'SQL_BASELINE', 'B2__base.sql', 0, current_user, 0, true),",
            "(2, '2.9', 'b', 'SQL', 'V2_9__b.sql', SUM, current_user, 0, true),",
            "(3, '2.10', 'c', 'SQL', 'a/V2.10__c.sql', 0, current_user, 0, true),",
            "(4, NULL, 'a view', 'SQL', 'R__a_view.sql', 0, current_user, 0, true),",
            "(5, NULL, 'b view', 'SQL', 'R__b_view.sql', 0, current_user, 0, true)",
        ];
        let sum = crc32(*b"SELECT 1;SELECT 2;").cast_signed().to_string();
        assert_eq!(rows, wanted.map(|row| row.replace("SUM", &sum)));
    }

    #[test]
    fn what_only_flyway_can_do_is_refused() {
        let check = |files: &[(&str, &str)], part: &str| {
            let odd = format!("{:?}", run(files).unwrap_err());
            assert!(odd.contains(part), "{odd}");
        };
        check(&[("V1__a.sql", "\nSELECT ${x}")], "line: Some(2)");
        check(&[("V1__a.sql", ""), ("V1.0__b.sql", "")], "same version");
        check(
            &[("V1__a.sql", ""), ("V1__a.sql.conf", "encoding=x")],
            "executeInTransaction",
        );
        let names = |file| files(&Names::from(["V1__a.sql", "U1__a.sql", "R__b.sql", file]));
        assert_eq!(names("c.txt").unwrap(), ["V1__a.sql", "R__b.sql"]);
        assert!(format!("{:?}", names("afterMigrate.sql")).contains("callback"));
        assert!(format!("{:?}", names("c.sql")).contains("would not run it"));
    }
}
