//! What messages show of a script.

/// How many characters of a statement are shown.
const SHOWN: usize = 300;

/// How many of them stand before the place to blame, if it is farther from the beginning.
const BEFORE: usize = 120;

/// The line of a place, counted from 1.
pub(super) fn line(script: &str, at: usize) -> usize {
    let before = script.get(..at).unwrap_or(script);
    1 + before.matches('\n').count()
}

/// A statement, or what there is room for around the place in it that is to blame.
pub(super) fn excerpt(statement: &str, blamed: Option<usize>) -> String {
    let statement = statement.trim_end().trim_end_matches(';').trim_end();
    let length = statement.chars().count();
    if length <= SHOWN {
        return statement.replace('\r', "");
    }
    let blamed = blamed
        .and_then(|at| statement.get(..at))
        .map(|before| before.chars().count());
    let from = blamed.map_or(0, |at| at.saturating_sub(BEFORE));
    let from = if from < BEFORE { 0 } else { from };
    let shown = |from: usize, to: usize| {
        statement
            .chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect::<String>()
    };
    let to = length.min(from + SHOWN);
    let (before, after) = match blamed {
        Some(at) => (shown(from, at) + "/* here: */ ", shown(at, to)),
        None => (String::new(), shown(from, to)),
    };
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{before}{after}{}", cut(from > 0), cut(to < length)).replace('\r', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_cut_around_the_place_to_blame() {
        assert_eq!(excerpt("SELECT 1 ;\n", Some(7)), "SELECT 1");
        let long = format!("SELECT {}oops{};", "é, ".repeat(200), ", x".repeat(200));
        let found = excerpt(&long, long.find("oops"));
        assert!(found.starts_with("…é, ") && found.ends_with('…'), "{found}");
        assert!(found.contains("é, /* here: */ oops, x"), "{found}");
        assert_eq!(found.chars().count(), SHOWN + 2 + "/* here: */ ".len());
        assert!(excerpt(&long, None).starts_with("SELECT é, é"));
        assert!(excerpt(&long, Some(7)).starts_with("SELECT /* here: */ é"));
        assert_eq!(line("a\nb\nc", 3), 2);
    }
}
