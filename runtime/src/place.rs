//! The place that one instance has been given, and texts that speak of it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::launch::{Isolation, Launch, Placeholder, Site, placeholders};
use crate::port::PortLease;

/// The directory, ports and values of one instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    /// Its further directories.
    pub(crate) others: BTreeMap<String, PathBuf>,
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) values: BTreeMap<String, String>,
}

impl Place {
    /// Fills in the placeholders of a text; other braces stay as they are.
    pub(crate) fn fill(&self, text: &str) -> String {
        let (placeholders, rest) = placeholders(text);
        let mut filled = String::new();
        for (before, placeholder) in placeholders {
            filled.push_str(before);
            let known = match placeholder {
                Placeholder::Directory("") => Some(self.dir.display().to_string()),
                Placeholder::Directory(name) => {
                    self.others.get(name).map(|dir| dir.display().to_string())
                }
                Placeholder::Port(name) => self.ports.get(name).map(u16::to_string),
                Placeholder::Value(name) => self.values.get(name).map(|value| self.fill(value)),
            };
            filled += &known.unwrap_or_else(|| placeholder.text());
        }
        filled + rest
    }

    /// The same with all its texts filled in.
    pub(crate) fn fill_all(&self, isolation: &Isolation) -> Isolation {
        isolation.rewritten(&|text| self.fill(text))
    }
}

/// A random word, if a launch speaks of one.
pub(crate) fn secret(launch: &Launch) -> io::Result<Option<String>> {
    let text = serde_json::to_string(launch).unwrap_or_default();
    if !text.contains(Site::SYMBOLIC.secret) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open("/dev/urandom")?
        .take(12)
        .read_to_end(&mut bytes)?;
    Ok(Some(
        bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    ))
}

/// The names of the ports that a launch speaks of; the unnamed one is `""`.
fn ports_of(launch: &Launch) -> BTreeSet<String> {
    let text = serde_json::to_string(launch).unwrap_or_default();
    let names =
        placeholders(&text)
            .0
            .into_iter()
            .filter_map(|(_, placeholder)| match placeholder {
                Placeholder::Port(name) => Some(name.to_owned()),
                Placeholder::Directory(_) | Placeholder::Value(_) => None,
            });
    names.collect()
}

/// Leases all ports that a launch speaks of and that the user has not fixed.
pub(crate) fn lease(launch: &Launch) -> io::Result<(Vec<PortLease>, BTreeMap<String, u16>)> {
    let mut ports = launch.fixed_ports.clone();
    let mut leases = Vec::new();
    for name in ports_of(launch) {
        if let Entry::Vacant(vacant) = ports.entry(name) {
            let lease = PortLease::new()?;
            vacant.insert(lease.port());
            leases.push(lease);
        }
    }
    Ok((leases, ports))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_placeholders_are_filled_in_and_other_braces_stay() {
        let place = Place {
            dir: "/d".into(),
            others: [("a".into(), "/e".into())].into(),
            ports: [(String::new(), 1), ("admin".into(), 2)].into(),
            values: [
                ("database".into(), "db".into()),
                ("socket".into(), "{dir}/s.{port}".into()),
            ]
            .into(),
        };
        for (text, wanted) in [
            ("{dir}/x {dir:a} {port} {port:admin}", "/d/x /e 1 2"),
            ("{database}?host={socket}", "db?host=/d/s.1"),
            (
                r#"{"a": {}} {port:other} {nothing}"#,
                r#"{"a": {}} {port:other} {nothing}"#,
            ),
            ("} {a b} {{port}} {dir", "} {a b} {1} {dir"),
        ] {
            assert_eq!(place.fill(text), wanted);
        }
    }

    #[test]
    fn secrets_differ() {
        let mut launch = Launch::new("x");
        assert_eq!(secret(&launch).unwrap(), None);
        launch.url = "{secret}".into();
        let [first, second] = [(), ()].map(|()| secret(&launch).unwrap().unwrap());
        assert!(first != second && first.len() == 24);
    }

    #[test]
    fn every_name_is_a_port_of_its_own() {
        let mut launch = Launch::new("x");
        launch.url = "{port} {port:admin} {port:admin}".into();
        launch.fixed_ports.insert("admin".into(), 7);
        let (leases, ports) = lease(&launch).unwrap();
        assert_eq!(leases.len(), 1);
        assert_eq!(ports.len(), 2);
        assert_eq!(ports["admin"], 7);
    }
}
