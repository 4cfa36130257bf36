//! The names of databases.

/// PostgreSQL cuts longer names off.
const LONGEST: usize = 63;

/// A name that needs no quotes, which people recognise the test by.
pub(super) fn of_test(test: &str, number: &str) -> String {
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

/// Quotes an identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text.
pub(super) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(text("it's"), "'it''s'");
    }
}
