//! Names of files that undo others, as tools give them whose files are not read here.

use super::code::FUNCTION;
use super::names::Names;
use super::odd::Odd;

/// Ends of names that undo what another file does.
const PAIRS: [(&str, &str, &str); 4] = [
    (".rollback.sql", ".sql", "yoyo"),
    (".undo.sql", ".do.sql", "Postgrator"),
    ("-down.sql", "-up.sql", "db-migrate"),
    ("_down.sql", "_up.sql", "another tool"),
];

/// A file that undoes another one, by the names that a tool gives them.
pub(super) fn undoing(names: &Names) -> Option<Odd> {
    let mut undoing = names.top_sql().filter_map(|name| {
        let pair = PAIRS.iter().find_map(|(down, up, tool)| {
            let up = format!("{}{up}", name.strip_suffix(down)?);
            names.has(&up).then_some((up, tool))
        });
        let (up, tool) = pair?;
        let reason = format!(
            "it undoes `{up}` by the names that {tool} gives, which are not known here; name the two `.up.sql` and `.down.sql`, {FUNCTION}"
        );
        Some(Odd::new(name, reason))
    });
    undoing.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: Names, wanted: Option<&str>) {
        let odd = undoing(&names).map(|odd| format!("{odd:?}"));
        let found = odd.as_deref().map_or(wanted.is_none(), |odd| {
            wanted.is_some_and(|part| odd.contains(part))
        });
        assert!(found, "{names:?}: {odd:?}");
    }

    #[test]
    fn names_that_undo_are_refused() {
        check(Names::from(["1.sql", "1.rollback.sql"]), Some("yoyo"));
        check(Names::from(["001.do.a.sql", "001.undo.a.sql"]), None);
        check(
            Names::from(["1-a-up.sql", "1-a-down.sql"]),
            Some("db-migrate"),
        );
        check(Names::from(["1_scale_down.sql", "2_a.sql"]), None);
    }
}
