//! Names with two underscores, as flyway and refinery have them: `V1__users.sql`.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::names::Names;
use super::odd::Odd;

/// The parts of such a name.
#[derive(Debug, PartialEq)]
pub(super) struct Versioned<'a> {
    /// `V`, `U`, `B` or `R`.
    pub(super) kind: char,
    /// Empty for `R`.
    pub(super) version: &'a str,
    pub(super) description: &'a str,
}

/// Which of the tools has given names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Namer {
    Flyway,
    Refinery,
}

impl<'a> Versioned<'a> {
    /// Takes the name of a file, without directories, to pieces.
    pub(super) fn of(name: &'a str) -> Option<Self> {
        let stem = name.strip_suffix(".sql")?;
        let kind = stem.chars().next()?;
        let (version, description) = stem.get(1..)?.split_once("__")?;
        let is_version = |version: &str| {
            let mut parts = version.split(['.', '_']);
            parts.all(super::numbered::is_number)
        };
        let fits = match kind {
            'V' | 'U' | 'B' => is_version(version),
            'R' => version.is_empty(),
            _ => false,
        };
        fits.then_some(Self {
            kind,
            version,
            description,
        })
    }

    /// The numbers of the version.
    pub(super) fn number(&self) -> Number {
        let parts = self.version.split(['.', '_']);
        let parts = parts.map(|part| part.trim_start_matches('0').to_owned());
        let mut parts: Vec<_> = parts.collect();
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        Number(parts)
    }

    /// Whether refinery could not read the name.
    fn is_flyway_only(&self) -> bool {
        let of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        matches!(self.kind, 'B' | 'R')
            || self.version.parse::<i64>().is_err()
            || !self.description.chars().all(of_word)
    }
}

/// A dotted version of any length: digits without zeros before them, and without zeros at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Number(Vec<String>);

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |number: &Self| -> Vec<_> {
            let parts = number.0.iter();
            parts.map(|part| (part.len(), part.clone())).collect()
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Who has given the names in a directory, if such names are among them.
pub(super) fn namer(names: &Names) -> Option<Result<Namer, Odd>> {
    let all: Vec<_> = names
        .sql()
        .filter_map(|name| Some((name, Versioned::of(last(name))?)))
        .collect();
    if all.is_empty() {
        return None;
    }
    let of_kind = |kind| all.iter().filter(move |(_, parts)| parts.kind == kind);
    let versions: BTreeSet<_> = of_kind('V').map(|(_, parts)| parts.number()).collect();
    // An undo migration has the version of what it undoes, and two migrations of refinery never have the same.
    let (undoing, forward): (Vec<_>, Vec<_>) =
        of_kind('U').partition(|(_, parts)| versions.contains(&parts.number()));
    let flyway = all.iter().find(|(_, parts)| parts.is_flyway_only());
    let flyway = flyway.or(undoing.first().copied()).map(|(name, _)| *name);
    let configured = names.files().find(|name| is_configuration(name));
    Some(match (flyway.or(configured), forward.first()) {
        (Some(sign), Some((name, _))) => {
            let reason = format!(
                "`{sign}` makes this a directory of Flyway, in which this file would undo a version that is not there; \
                 for refinery, which would run it, rename the other one"
            );
            Err(Odd::new(name, reason))
        }
        (Some(_), None) => Ok(Namer::Flyway),
        (None, _) => Ok(Namer::Refinery),
    })
}

/// What tells flyway's directory from one of refinery's, and how a script of flyway's is to run.
pub(super) fn is_configuration(name: &str) -> bool {
    matches!(last(name), "flyway.toml" | "flyway.conf") || name.ends_with(".sql.conf")
}

/// The name of a file without the directories.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        let number = |version: &str| {
            let name = format!("V{version}__a.sql");
            Versioned::of(&name).unwrap().number()
        };
        let sorted = [
            "0",
            "1",
            "1.0.1",
            "1.1",
            "1_2",
            "1.10",
            "2",
            "20240101000000",
            "99999999999999999999",
        ];
        let numbers = sorted.map(number);
        assert!(numbers.is_sorted());
        assert_eq!(number("01.00"), number("1"));
        assert!(number("1.0.0.1") > number("1"));
        for name in [
            "V__a.sql",
            "v1__a.sql",
            "V1_a.sql",
            "V1__a.sql.conf",
            "Users__a.sql",
            "V1x__a.sql",
            "V.1__a.sql",
        ] {
            assert_eq!(Versioned::of(name), None, "{name}");
        }
    }

    #[test]
    fn tools_are_told_apart() {
        let check = |names: Names, wanted: Option<Namer>| {
            assert_eq!(namer(&names).map(Result::unwrap), wanted, "{names:?}");
        };
        check(Names::from(["1_a.sql"]), None);
        check(
            Names::from(["V1__a.sql", "V2__b.sql"]),
            Some(Namer::Refinery),
        );
        check(
            Names::from(["V1__a.sql", "U2__b.sql"]),
            Some(Namer::Refinery),
        );
        check(
            Names::from(["V1__a.sql", "U01__a.sql"]),
            Some(Namer::Flyway),
        );
        check(
            Names::from(["V1__a.sql", "v/R__view.sql"]),
            Some(Namer::Flyway),
        );
        check(Names::from(["V1_1__a.sql"]), Some(Namer::Flyway));
        check(Names::from(["V1__a-b.sql"]), Some(Namer::Flyway));
        check(
            Names::from(["V1__a.sql", "flyway.toml"]),
            Some(Namer::Flyway),
        );
        let both = namer(&Names::from(["V1__a.sql", "U2__b.sql", "R__c.sql"]));
        let reason = format!("{:?}", both.unwrap().unwrap_err());
        assert!(
            reason.contains("U2__b.sql") && reason.contains("R__c.sql"),
            "{reason}"
        );
    }
}
