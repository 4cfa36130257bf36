//! Atlas: `20240101000000_users.sql`, with `atlas.sum`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::Hash;

use super::applied::{Applied, by_version};
use super::dialect::Dialect;
use super::odd::Odd;
use super::script::Script;
use super::source::Source;

/// The file with the sums of the others.
pub(super) const SUM: &str = "atlas.sum";

/// Runs files in the order of their names, from the last checkpoint on. They must be those that the sums were made of.
pub(super) fn applied(
    sources: Vec<Source>,
    sums: &Source,
    dialect: Dialect,
) -> Result<Applied, Odd> {
    let named = sources
        .into_iter()
        .map(|source| (source.name.clone(), source));
    let sources = by_version(named.collect())?;
    let sources: Vec<_> = sources.into_iter().map(|(_, source)| source).collect();
    check(&sources, sums)?;
    let last = sources
        .iter()
        .rposition(|source| directive(&source.text, "checkpoint").is_some());
    let from_last = sources.into_iter().skip(last.unwrap_or(0));
    let scripts = from_last.map(|source| script(source, dialect));
    Ok(Applied {
        scripts: scripts.collect::<Result<_, _>>()?,
        record: None,
    })
}

/// Each sum is that of all files so far; the first line is that of the lines that follow.
fn check(sources: &[Source], sums: &Source) -> Result<(), Odd> {
    let mut lines = sums.text.lines();
    let (total, mut so_far, mut of_lines) = (lines.next(), Hash::new(), Hash::new());
    let encode = |hash: Hash| STANDARD.encode(hash.finalize());
    let advice = "if the change is meant, run `atlas migrate hash`";
    for source in sources {
        so_far.update(&source.name);
        if directive(&source.text, "sum") == Some("ignore") {
            continue;
        }
        so_far.update(&source.text);
        let sum = encode(so_far);
        if lines.next() != Some(&format!("{} h1:{sum}", source.name)) {
            let reason = format!("it is not what `{SUM}` was made of; {advice}");
            return Err(Odd::new(&source.name, reason));
        }
        of_lines.update(&source.name);
        of_lines.update(sum);
    }
    let total_is_right = total == Some(&format!("h1:{}", encode(of_lines)));
    match lines.next() {
        None if total_is_right => Ok(()),
        None => Err(Odd::new(SUM, format!("the first line is wrong; {advice}")).at(1)),
        Some(line) => {
            let name = line.split(' ').next().unwrap_or_default();
            let reason = format!("`{SUM}` names it, but it is not there; {advice}");
            Err(Odd::new(name, reason))
        }
    }
}

fn script(source: Source, dialect: Dialect) -> Result<Script, Odd> {
    for unknown in ["txtar", "import", "template"] {
        if directive(&source.text, unknown).is_some() {
            let reason = format!(
                "`atlas:{unknown}` is not known here; run Atlas in a function: `init = migrate`"
            );
            return Err(Odd::new(&source.name, reason));
        }
    }
    let alone = directive(&source.text, "txmode") == Some("none");
    let delimiter = source
        .text
        .lines()
        .next()
        .and_then(|line| argument(line, "delimiter"));
    let delimiter = delimiter.map(unescaped);
    let text = match delimiter {
        Some(delimiter) => delimited(&source.text, &delimiter, dialect),
        None => source.text,
    };
    Ok(Script::whole(source.shown, text).alone(alone))
}

/// The argument of a directive in the comments at the beginning, which an empty line ends.
fn directive<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let is_comment = |line: &&str| line.starts_with("--") || line.starts_with('#');
    let mut rest = text.lines().skip_while(is_comment);
    let is_detached = rest.next().is_none_or(|line| line.trim().is_empty());
    let mut comments = text.lines().take_while(is_comment);
    comments
        .find_map(|line| argument(line, name))
        .filter(|_| is_detached)
}

fn argument<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line
        .trim_start_matches(['-', '#', ' '])
        .strip_prefix("atlas:")?;
    let argument = rest.strip_prefix(name)?;
    (argument.is_empty() || argument.starts_with(' ')).then(|| argument.trim_matches([' ', '\r']))
}

fn unescaped(delimiter: &str) -> String {
    let delimiter = delimiter.replace("\\n", "\n");
    delimiter.replace("\\r", "\r").replace("\\t", "\t")
}

/// The same statements with delimiters that are understood here, in the same lines.
fn delimited(text: &str, delimiter: &str, dialect: Dialect) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let lines: String = delimiter.matches('\n').collect();
    let end = match dialect {
        Dialect::Postgres => ";",
        Dialect::Mysql => "$fixtured$",
    };
    let separator = format!("{end}{lines}");
    let statements = rest.split(delimiter).map(|statement| match dialect {
        Dialect::Postgres => without_semicolon(statement),
        Dialect::Mysql => statement.to_owned(),
    });
    let statements = statements.collect::<Vec<_>>().join(&separator);
    match dialect {
        Dialect::Postgres => format!("{first}\n{statements}"),
        Dialect::Mysql => format!("DELIMITER {end}\n{statements}"),
    }
}

/// With the lines that follow.
fn without_semicolon(statement: &str) -> String {
    let text = statement.trim_end();
    let (bare, after) = statement.split_at(text.len());
    format!("{}{after}", bare.trim_end_matches(';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_stand_above_an_empty_line() {
        let text = "-- atlas:txmode none\n-- atlas:nolint\n\nVACUUM;";
        assert_eq!(directive(text, "txmode"), Some("none"));
        assert_eq!(directive(text, "nolint"), Some(""));
        assert_eq!(directive(text, "tx"), None);
        assert_eq!(directive("-- atlas:txmode none\nVACUUM;", "txmode"), None);
    }

    #[test]
    fn delimiters_keep_the_lines() {
        let text = "-- atlas:delimiter \\n\\n\nSELECT 1\n\nSELECT 2;";
        let wanted = "-- atlas:delimiter \\n\\n\nSELECT 1;\n\nSELECT 2";
        assert_eq!(delimited(text, "\n\n", Dialect::Postgres), wanted);
        let wanted = "DELIMITER $fixtured$\nSELECT 1$fixtured$\n\nSELECT 2;";
        assert_eq!(delimited(text, "\n\n", Dialect::Mysql), wanted);
    }

    const SUMS: &str = "h1:VNvw0pDgavFX/sdOa4OQ4cdfXK8LyCjaMKnLrKqiXHs=\n1_a.sql h1:oHx7vmeRbxB72kdSGUkFhE08red3y82zeqcbzCxkGjo=\n2_b.sql h1:jqdn/UCU1bnj96EwRLYv9FRnrwv3yIEfGHtJessEvPM=\n";

    #[test]
    fn files_must_be_those_of_the_sums() {
        let run = |first: &'static str, second: &'static str| {
            let files = [("2_b.sql", second), ("1_a.sql", first)];
            let sums = Source::from((SUM, SUMS));
            let run = applied(Vec::from(files.map(Source::from)), &sums, Dialect::Postgres);
            run.map(|run| run.scripts.len())
        };
        assert_eq!(run("SELECT 1;\n", "SELECT 2;\n"), Ok(2));
        let reason = "it is not what `atlas.sum` was made of; if the change is meant, run `atlas migrate hash`";
        let changed = run("SELECT 1;\n", "SELECT 3;\n");
        assert_eq!(changed, Err(Odd::new("2_b.sql", reason)));
    }
}
