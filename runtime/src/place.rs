//! The place of an instance, and texts that refer to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::PathBuf;

use crate::launch::{Isolation, Launch, Piece, Subject, Texts, map, pieces};
use crate::port::PortLease;
use crate::random;

/// How deep values may refer to other values.
const DEPTH: usize = 3;

/// The directory, ports and values of one instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    /// Its further directories.
    pub(crate) others: BTreeMap<String, PathBuf>,
    pub(crate) ports: BTreeMap<String, u16>,
    /// The ports by which a client comes whose connections go through a wire.
    pub(crate) wired: BTreeMap<String, u16>,
    pub(crate) values: BTreeMap<String, String>,
    /// Its random word, if it has one.
    pub(crate) secret: Option<String>,
}

impl Place {
    /// Fills in the placeholders of a text. What is filled in is literal, and so is the rest.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.fill_to(DEPTH, text)
    }

    fn fill_to(&self, depth: usize, text: &str) -> String {
        // A path, such as that of a socket, may have the daemon's own port in it.
        let is_path = !self.wired.is_empty() && names_directory(text);
        map(text, Cow::Borrowed, |placeholder| {
            let known = match &placeholder.of {
                Subject::Port(name) if !is_path => self.wired.get(&**name).map(u16::to_string),
                _ => None,
            };
            let known = known.or_else(|| self.known(depth, &placeholder.of));
            // An unknown placeholder is shown as in the launch.
            let known = known.unwrap_or_else(|| format!("{{{}}}", placeholder.of));
            let quoted = placeholder.quoted.iter();
            quoted.fold(known, |text, quoting| quoting.literal(&text).into_owned())
        })
    }

    fn known(&self, depth: usize, of: &Subject<'_>) -> Option<String> {
        match of {
            Subject::Directory(name) => {
                let dir = match &**name {
                    // A place that is not made yet has none.
                    "" => Some(&self.dir).filter(|dir| !dir.as_os_str().is_empty())?,
                    name => self.others.get(name)?,
                };
                Some(dir.to_string_lossy().into_owned())
            }
            Subject::Port(name) => self.ports.get(&**name).map(u16::to_string),
            Subject::Value(name) => {
                let value = self.values.get(&**name)?;
                Some(self.fill_to(depth.checked_sub(1)?, value))
            }
            Subject::Secret => self.secret.clone(),
            Subject::Template => None,
        }
    }

    /// The same with all its texts filled in.
    pub(crate) fn fill_all(&self, isolation: &Isolation) -> Isolation {
        let mut filled = isolation.clone();
        filled.each_text(&mut |text| *text = self.fill(text));
        filled
    }

    /// What is wrong with the placeholders, if anything: a value that does not exist, or one that refers to itself.
    pub(crate) fn problem(&self, subjects: &[Subject<'_>]) -> Option<String> {
        subjects.iter().find_map(|of| match of {
            Subject::Value(name) => self.cannot_fill(DEPTH, name),
            Subject::Directory(name) if !name.is_empty() && !self.others.contains_key(&**name) => {
                Some(format!(
                    "it refers to a directory `{name}`, which is not defined"
                ))
            }
            _ => None,
        })
    }

    fn cannot_fill(&self, depth: usize, name: &str) -> Option<String> {
        let Some(value) = self.values.get(name) else {
            let problem = format!("it refers to a value `{name}`, which is not defined");
            return Some(problem);
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Some(format!(
                "the value `{name}` contains itself, or values are nested more than {DEPTH} deep"
            ));
        };
        pieces(value).into_iter().find_map(|piece| match piece {
            Piece::Placeholder(placeholder) => match placeholder.of {
                Subject::Value(inner) => self.cannot_fill(depth, &inner),
                _ => None,
            },
            Piece::Literal(_) => None,
        })
    }
}

fn names_directory(text: &str) -> bool {
    let mut pieces = pieces(text).into_iter();
    pieces.any(|piece| {
        matches!(piece, Piece::Placeholder(placeholder) if matches!(placeholder.of, Subject::Directory(_)))
    })
}

/// A text of a launch with only these ports filled in, by name.
pub fn with_ports(text: &str, ports: &BTreeMap<String, u16>) -> String {
    let ports = ports.clone();
    Place {
        ports,
        ..Place::default()
    }
    .fill(text)
}

/// A random secret, if a launch uses one.
pub(crate) fn secret(subjects: &[Subject<'_>]) -> io::Result<Option<String>> {
    if !subjects.contains(&Subject::Secret) {
        return Ok(None);
    }
    random::word::<12>().map(Some)
}

/// Leases all ports that a launch uses and that the user has not chosen.
pub(crate) fn lease(
    launch: &Launch,
    subjects: &[Subject<'_>],
) -> io::Result<(Vec<PortLease>, BTreeMap<String, u16>)> {
    let mut ports = launch.fixed_ports.clone();
    let mut leases = Vec::new();
    for of in subjects {
        let Subject::Port(name) = of else { continue };
        if let Entry::Vacant(vacant) = ports.entry(name.to_string()) {
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
    use crate::launch::{Quoting, Site};

    fn place() -> Place {
        let site = Site::symbolic();
        let mut values = BTreeMap::from([
            ("database".to_owned(), "{port} {database}".to_owned()),
            ("socket".into(), format!("{}/s.{}", site.dir, site.port)),
            ("self".into(), site.value("self").repeat(2)),
            ("lost".into(), site.value("nothing")),
        ]);
        let deeper = ["socket", "a1", "a2", "a3"].into_iter().zip(1..);
        values.extend(deeper.map(|(of, number)| (format!("a{number}"), site.value(of))));
        Place {
            dir: "/d e".into(),
            others: [("a".into(), "/e".into())].into(),
            ports: [(String::new(), 1), ("admin".into(), 2)].into(),
            wired: BTreeMap::new(),
            values,
            secret: Some("word".into()),
        }
    }

    #[test]
    fn what_the_site_gave_is_filled_in_and_all_else_stays() {
        let site = Site::symbolic();
        let Site { dir, port, .. } = site;
        for (text, wanted) in [
            (
                format!(
                    "{dir}/x {} {port} {}",
                    site.dir_named("a"),
                    site.port_named("admin")
                ),
                "/d e/x /e 1 2",
            ),
            (
                format!("{}?host={}", site.value("database"), site.value("socket")),
                "{port} {database}?host=/d e/s.1",
            ),
            (Quoting::Path.of(site.value("socket")), "/d%20e/s.1"),
            (site.secret.into(), "word"),
            (site.port_named("other"), "{port:other}"),
            (site.value("a2"), "/d e/s.1"),
            (
                r#"{"a": {}} {port} {dir} {self}"#.into(),
                r#"{"a": {}} {port} {dir} {self}"#,
            ),
        ] {
            assert_eq!(place().fill(&text), wanted);
        }
        // To a limited depth, however often it refers to itself.
        assert_eq!(place().fill(&site.value("self")), "{self}".repeat(8));
    }

    #[test]
    fn a_client_comes_by_the_port_of_its_wire_but_paths_have_the_daemons_own() {
        let site = Site::symbolic();
        let wired = Place {
            wired: [(String::new(), 3)].into(),
            ..place()
        };
        for (text, wanted) in [
            (format!("x://h:{}/", site.port), "x://h:3/"),
            (site.port_named("admin"), "2"),
            (
                format!("{} {}", site.port, site.value("socket")),
                "3 /d e/s.1",
            ),
        ] {
            assert_eq!(wired.fill(&text), wanted);
        }
    }

    #[test]
    fn what_is_not_known_yet_is_shown_as_in_the_launch() {
        let Site { dir, port, .. } = Site::symbolic();
        let ports = BTreeMap::from([(String::new(), 1)]);
        assert_eq!(with_ports(&format!("{dir}/x:{port}"), &ports), "{dir}/x:1");
    }

    #[test]
    fn what_cannot_be_filled_in_is_said() {
        for (name, wanted) in [
            ("database", None),
            ("a2", None),
            ("a3", Some("the value `socket` contains itself")),
            ("self", Some("the value `self` contains itself")),
            (
                "lost",
                Some("it refers to a value `nothing`, which is not defined"),
            ),
        ] {
            let problem = place().problem(&[Subject::Value(name.into())]);
            let starts = |wanted| {
                problem
                    .as_deref()
                    .is_some_and(|text| text.starts_with(wanted))
            };
            assert!(
                wanted.map_or(problem.is_none(), starts),
                "{name}: {problem:?}"
            );
        }
    }

    #[test]
    fn secrets_differ() {
        assert_eq!(secret(&[Subject::Port("".into())]).unwrap(), None);
        let [first, second] = [(), ()].map(|()| secret(&[Subject::Secret]).unwrap().unwrap());
        assert!(first != second && first.len() == 24);
    }

    #[test]
    fn every_name_is_a_port_of_its_own() {
        let site = Site::symbolic();
        let admin = site.port_named("admin");
        let mut launch = Launch::new("x");
        launch.url = format!("{} {admin} {admin} {{port:other}}", site.port);
        launch.fixed_ports.insert("admin".into(), 7);
        let (leases, ports) = lease(&launch, &launch.subjects()).unwrap();
        assert_eq!(leases.len(), 1);
        assert_eq!(ports.len(), 2);
        assert_eq!(ports["admin"], 7);
    }
}
