//! The names of databases.

use std::sync::atomic::{AtomicU64, Ordering};

/// PostgreSQL cuts longer names off; MySQL has room for one letter more.
const LONGEST: usize = 63;

/// How many letters of a mark are enough.
const MARK: usize = 10;

/// A name that no other database has, which people recognise the test by, and the session by its mark, if it has one.
pub(super) fn new(test: &str, mark: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mark = short(mark);
    let between = if mark.is_empty() { "" } else { "_" };
    of_test(test, &format!("{mark}{between}{number}"))
}

/// Whether a name has been made with this mark.
pub(super) fn has_mark(name: &str, mark: &str) -> bool {
    name.starts_with("t_") && name.contains(&format!("_{}_", short(mark)))
}

/// As much of a mark as is in names.
pub(super) fn short(mark: &str) -> &str {
    mark.get(..MARK).unwrap_or(mark)
}

/// A name that needs no quotes.
fn of_test(test: &str, number: &str) -> String {
    let number = format!("_{number}");
    let short = test.rsplit("::").next().unwrap_or(test).to_lowercase();
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    // A leading letter, since a name must not begin with a digit.
    let short: String = short
        .chars()
        .map(plain)
        .take(LONGEST - number.len() - 2)
        .collect();
    match short.is_empty() {
        true => format!("t{number}"),
        false => format!("t_{short}{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_names() {
        let name = new("api::stores", "0123456789abcdef");
        assert!(has_mark(&name, "0123456789abcdef"), "{name}");
        assert!(has_mark(&new("", "0123456789abcdef"), "0123456789abcdef"));
        assert!(!has_mark(&name, "other"), "{name}");
        assert!(!has_mark("stores_0123456789_1", "0123456789abcdef"));
    }

    #[test]
    fn names_show_the_test_and_are_short() {
        assert_eq!(
            of_test("api::tests::Stores_ä_user", "7"),
            "t_stores___user_7"
        );
        let long = of_test(&"x".repeat(100), "1234");
        assert_eq!(long.len(), LONGEST);
        assert!(long.ends_with("x_1234"));
    }
}
