//! dbmate: files with `-- migrate:up` and `-- migrate:down`.

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::numbered::is_number;
use super::odd::Odd;
use super::record::{Record, literal};
use super::script::Script;
use super::sections::{Sign, before, sections};
use super::source::Source;

/// What a line means to dbmate.
pub(super) fn sign(line: &str) -> Option<Sign<'_>> {
    let rest = line.strip_prefix("--")?.trim_start();
    let rest = rest.strip_prefix("migrate:")?;
    let (word, options) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match word {
        "up" => Some(Sign::Up(options)),
        "down" => Some(Sign::Down),
        _ => None,
    }
}

/// Runs files in the order of their names.
pub(super) fn applied(sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
    let named = sources
        .into_iter()
        .map(|source| (source.name.clone(), source));
    let sources = by_version(named.collect())?;
    let length = match dialect {
        Dialect::Postgres => "varchar",
        Dialect::Mysql => "varchar(128)",
    };
    let create = format!("CREATE TABLE schema_migrations (version {length} PRIMARY KEY)");
    let (mut scripts, mut rows) = (Vec::new(), Vec::new());
    for (_, source) in &sources {
        scripts.extend(forward(source)?);
        let row = literal(version(source)?, dialect);
        if rows.contains(&row) {
            return Err(Odd::new(&source.name, "another file has the same version"));
        }
        rows.push(row);
    }
    let record = Record::new("dbmate", create).rows("schema_migrations (version)", rows);
    Ok(Applied {
        scripts,
        record: Some(record),
    })
}

/// The digits that a name begins with.
fn version(source: &Source) -> Result<&str, Odd> {
    let end = source.name.find(|letter: char| !letter.is_ascii_digit());
    let digits = source.name.get(..end.unwrap_or(0)).unwrap_or_default();
    match is_number(digits) {
        true => Ok(digits),
        false => {
            let reason = "dbmate would not run it: its name does not begin with a number";
            Err(Odd::new(&source.name, reason))
        }
    }
}

/// What runs of a file.
pub(super) fn forward(source: &Source) -> Result<Vec<Script>, Odd> {
    if let Some(line) = before(&source.text, sign) {
        let reason = "dbmate runs nothing before `-- migrate:up`";
        return Err(Odd::new(&source.name, reason).at(line));
    }
    let parts = sections(&source.text, sign).into_iter();
    let scripts = parts.map(|part| {
        let mut options = part.options.split_whitespace();
        let alone = options.any(|option| option == "transaction:false");
        Script {
            line: part.line,
            ..Script::whole(&source.shown, part.text).alone(alone)
        }
    });
    Ok(scripts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_up_runs() {
        let text = "-- A comment.\n--migrate:up transaction:false\nSELECT 1;\n\n-- migrate:down\nDROP TABLE a;\n";
        let run = forward(&Source::from(("1_a.sql", text))).unwrap();
        let wanted = Script {
            line: 3,
            ..Script::whole("m/1_a.sql", "SELECT 1;\n\n").alone(true)
        };
        assert_eq!(run, [wanted]);
        assert_eq!(sign("-- migrate:uphill"), None);
        let sources = ["10_a.sql", "2_b.sql"].map(|name| Source::from((name, text)));
        let run = applied(sources.into(), Dialect::Mysql).unwrap();
        assert_eq!(run.scripts[0].file, "m/10_a.sql");
        let rows = run.record.unwrap().around("m", Vec::new()).pop().unwrap();
        assert_eq!(
            rows.text,
            "INSERT INTO schema_migrations (version) VALUES\n('10'),\n('2')"
        );
    }
}
