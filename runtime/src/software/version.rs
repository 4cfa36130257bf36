//! Versions in texts and names.

/// Returns whether a program that says this about itself has a version, or one that begins with it.
pub(super) fn has_version(said: &str, wanted: &str) -> bool {
    said.split_whitespace().any(|word| {
        let rest = word.strip_prefix(wanted);
        rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
    })
}

/// The numbers in a name, for comparing versions.
pub(super) fn version(name: &str) -> Vec<u64> {
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("15") > version("9.6"));
        assert!(version("postgresql@17") > version("postgresql@9"));
    }

    #[test]
    fn a_version_is_one_that_begins_so() {
        let said = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        for (wanted, has) in [
            ("15", true),
            ("15.18", true),
            ("15.1", false),
            ("1", false),
            ("16", false),
        ] {
            assert_eq!(has_version(said, wanted), has, "{wanted}");
        }
    }
}
