//! The place that one instance has been given, and texts that speak of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::launch::Launch;
use crate::port::PortLease;

/// The directory, ports and values of one instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) values: BTreeMap<String, String>,
}

/// `{name}`, or `{port:name}`.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{(?:port:([\w-]+)|(\w+))\}").ok());

impl Place {
    /// Fills in the placeholders of a text; other braces stay as they are.
    pub(crate) fn fill(&self, text: &str) -> String {
        let Some(placeholder) = &*PLACEHOLDER else { return text.into() };
        let filled = placeholder.replace_all(text, |found: &Captures<'_>| {
            let known = match (found.get(1), found.get(2)) {
                (Some(port), _) => self.ports.get(port.as_str()).map(u16::to_string),
                (_, Some(name)) => self.value(name.as_str()),
                _ => None,
            };
            known.unwrap_or_else(|| found.get(0).map_or("", |whole| whole.as_str()).into())
        });
        filled.into_owned()
    }

    fn value(&self, name: &str) -> Option<String> {
        match name {
            "dir" => Some(self.dir.display().to_string()),
            "port" => self.ports.get("").map(u16::to_string),
            _ => self.values.get(name).map(|value| self.fill(value)),
        }
    }
}

/// The names of the ports that a launch speaks of; the unnamed one is `""`.
fn ports_of(launch: &Launch) -> BTreeSet<String> {
    let text = serde_json::to_string(launch).unwrap_or_default();
    let Some(placeholder) = &*PLACEHOLDER else { return BTreeSet::new() };
    let names = placeholder.captures_iter(&text).filter_map(|found| match (found.get(1), found.get(2)) {
        (Some(name), _) => Some(name.as_str().to_owned()),
        (_, Some(name)) if name.as_str() == "port" => Some(String::new()),
        _ => None,
    });
    names.collect()
}

/// Leases all ports that a launch speaks of and that the user has not fixed.
pub(crate) fn lease(launch: &Launch) -> io::Result<(Vec<PortLease>, BTreeMap<String, u16>)> {
    let mut ports = launch.fixed_ports.clone();
    let mut leases = Vec::new();
    for name in ports_of(launch) {
        if !ports.contains_key(&name) {
            let lease = PortLease::new()?;
            ports.insert(name, lease.port());
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
            ports: [(String::new(), 1), ("admin".into(), 2)].into(),
            values: [("database".into(), "db".into()), ("socket".into(), "{dir}/s.{port}".into())].into(),
        };
        for (text, wanted) in [
            ("{dir}/x {port} {port:admin}", "/d/x 1 2"),
            ("{database}?host={socket}", "db?host=/d/s.1"),
            (r#"{"a": {}} {port:other} {nothing}"#, r#"{"a": {}} {port:other} {nothing}"#),
        ] {
            assert_eq!(place.fill(text), wanted);
        }
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
