//! What is run of a directory.

use super::odd::Odd;
use super::record::Record;
use super::script::Script;
use super::source::Source;

/// What runs, in its order, and how its tool would have recorded it.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) scripts: Vec<Script>,
    pub(super) record: Option<Record>,
}

/// Sorts files by version. Each version may occur once.
pub(super) fn by_version<V: Ord>(mut found: Vec<(V, Source)>) -> Result<Vec<(V, Source)>, Odd> {
    found.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.name.cmp(&other.name)));
    let twice = found.iter().zip(found.iter().skip(1));
    let mut twice = twice.filter(|((a, _), (b, _))| a == b);
    match twice.next() {
        Some(((_, first), (_, second))) => {
            let reason = format!("`{}` has the same version", first.name);
            Err(Odd::new(&second.name, reason))
        }
        None => Ok(found),
    }
}

/// The texts of scripts with their files, for tests.
#[cfg(test)]
impl Applied {
    pub(super) fn shown(&self) -> Vec<(&str, &str)> {
        let scripts = self.scripts.iter();
        scripts
            .map(|script| (script.file.as_str(), script.text.as_str()))
            .collect()
    }
}
