//! Versions in texts and names.

use std::path::Path;

use crate::launch::Software;

/// Runs a program for its version and returns what it prints.
pub(super) type Ask<'a> = &'a dyn Fn(&Path, &Software) -> String;

/// Returns the version of an installed program, if it can be determined. `ask` runs the program and returns its output.
pub fn version(program: &Path, software: &Software, ask: Ask<'_>) -> Option<String> {
    match software.version_args.is_empty() {
        true => in_path(program),
        false => in_text(&ask(program, software)),
    }
}

/// Returns whether a program that says this about itself has a version, or one that begins with it.
pub(super) fn has_version(said: &str, wanted: &str) -> bool {
    said.split_whitespace().any(|word| {
        let rest = word.strip_prefix('v').unwrap_or(word);
        let rest = rest.strip_prefix(wanted);
        rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
    })
}

/// The numbers in a name, for comparing versions.
pub(super) fn numbers(name: &str) -> Vec<u64> {
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// Returns the version in what a program prints: the first number that contains a point.
fn in_text(said: &str) -> Option<String> {
    let mut words = said.split(|letter: char| letter.is_whitespace() || "/=(:,".contains(letter));
    words.find_map(|word| {
        let word = word.strip_prefix('v').unwrap_or(word);
        let numbers = word.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let number = numbers.into_iter().next()?.trim_end_matches('.');
        let starts = number.starts_with(|letter: char| letter.is_ascii_digit());
        (starts && number.contains('.')).then(|| number.to_owned())
    })
}

/// Returns the version in the resolved path of a program, such as `/usr/lib/rabbitmq/lib/rabbitmq_server-3.10.8/sbin`.
fn in_path(program: &Path) -> Option<String> {
    let path = std::fs::canonicalize(program).ok()?;
    let mut names = path.iter().filter_map(|name| name.to_str());
    names.find_map(|name| in_text(name.rsplit('-').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(numbers("15") > numbers("9.6"));
        assert!(numbers("postgresql@17") > numbers("postgresql@9"));
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
        assert!(has_version("nats-server: v2.15.1", "2.15"));
    }

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (said, wanted) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0)", "15.18"),
            (
                "/usr/sbin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1",
                "10.11.19",
            ),
            ("Redis server v=7.0.15 sha=00000000:0", "7.0.15"),
            ("InfluxDB v1.6.7~rc0 (git: unknown)", "1.6.7"),
            ("nats-server: v2.9.10", "2.9.10"),
            ("nginx version: nginx/1.22.1", "1.22.1"),
            (
                "@(#) $OpenLDAP: slapd 2.5.13+dfsg-5 (Feb  8 2023)",
                "2.5.13",
            ),
            (
                "Error: Unknown option.\nmosquitto version 2.0.11\n",
                "2.0.11",
            ),
            ("with-httpbin 0.10.4", "0.10.4"),
        ] {
            assert_eq!(in_text(said).as_deref(), Some(wanted), "{said}");
        }
        assert_eq!(in_text("no number in here"), None);
    }
}
