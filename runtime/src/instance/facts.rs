//! What a client learns about an instance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a client learns about an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) name: String,
    /// Whether it is dedicated to the client, not a part of a shared one.
    pub(crate) own: bool,
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) ports: BTreeMap<String, u16>,
    /// How the daemon itself is reached, if there is a wire before it.
    pub(crate) direct: Option<Direct>,
    pub(crate) dir: PathBuf,
    /// The log of the main process.
    pub(crate) log: PathBuf,
    /// The log of each process, by name, and its length when the client got the instance.
    pub(crate) logs: BTreeMap<String, Stream>,
    pub(crate) pid: u32,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) cli_variables: BTreeMap<String, String>,
    /// The standard output and standard error of the main process, unless they are discarded.
    pub(crate) output: Option<Stream>,
    pub(crate) errors: Option<Stream>,
    /// What to do if the log contains certain words: the words, and the advice.
    pub(crate) advice: BTreeMap<String, String>,
    /// Notes about its start.
    pub(crate) notes: Vec<String>,
    /// The file with the line that made it ready. Readers skip the rest of that line.
    pub(crate) banner: Option<PathBuf>,
}

/// The output of one process: a file from this position on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
}

impl Facts {
    /// What to do about these lines of the log, each advice once.
    pub(super) fn advice_on(&self, lines: &[String]) -> BTreeSet<&str> {
        let applies = |words: &str| lines.iter().any(|line| line.contains(words));
        let found = self.advice.iter().filter(|(words, _)| applies(words));
        found.map(|(_, advice)| advice.as_str()).collect()
    }

    /// The ports of the daemon itself.
    pub(crate) fn own_ports(&self) -> &BTreeMap<String, u16> {
        let direct = self.direct.as_ref();
        direct.map_or(&self.ports, |direct| &direct.ports)
    }

    /// The URL of the daemon itself.
    pub(crate) fn own_url(&self) -> &str {
        let direct = self.direct.as_ref();
        direct.map_or(&self.url, |direct| &direct.url)
    }
}

/// How a daemon is reached past its wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Direct {
    pub(crate) url: String,
    pub(crate) ports: BTreeMap<String, u16>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_given_once_where_it_applies() {
        let advice = [
            ("clients already", "open fewer"),
            ("are reserved", "open fewer"),
            ("full", "make room"),
        ];
        let facts = Facts {
            advice: advice
                .map(|(words, advice)| (words.into(), advice.into()))
                .into(),
            ..Facts::default()
        };
        let check = |lines: &[&str], wanted: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            let found: Vec<_> = facts.advice_on(&lines).into_iter().collect();
            assert_eq!(found, wanted);
        };
        check(&["ready"], &[]);
        check(
            &["FATAL:  too many clients already", "slots are reserved"],
            &["open fewer"],
        );
        check(
            &["disk full", "slots are reserved"],
            &["make room", "open fewer"],
        );
    }
}
