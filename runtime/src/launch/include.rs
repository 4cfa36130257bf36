//! Daemons that are made of daemons.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Command, Launch, Placeholder, Step, placeholders, rewrite};

impl Launch {
    /// Makes `inner` a part of this daemon: its processes start next, in their order, in a directory of their own.
    ///
    /// What belongs to it goes by `name` from here on: its directory is `{dir:name}`, its ports are `{port:name}` and `{port:name-other}`,
    /// its values `{name-value}`, with its URL as `{name-url}`, and its processes `name` and `name-other`. Its isolation and its variables
    /// are left out, since nobody is its client but this daemon.
    pub fn include(&mut self, name: &str, inner: Self) {
        let problem = inner.problem.clone();
        match rewrite(&inner, &|text| renamed(text, name, &inner.values)) {
            Ok(renamed) => self.take_in(name, renamed),
            Err(error) => self.problem = Some(format!("`{name}` cannot be a part of it: {error}")),
        }
        self.problem = self.problem.take().or(problem);
    }

    fn take_in(&mut self, name: &str, inner: Self) {
        let of = |inner: &str| joined(name, inner);
        let named = |texts: BTreeMap<String, String>| {
            texts.into_iter().map(|(inner, text)| (of(&inner), text))
        };
        let user = inner.user();
        self.directories.insert(name.into(), user);
        let directories = inner.directories.into_iter();
        self.directories
            .extend(directories.map(|(inner, user)| (of(&inner), user)));
        self.software.extend(inner.software);
        let mut before = inner.prepare;
        for mut process in inner.processes {
            process.name = of(&process.name);
            before.append(&mut process.prepare);
            process.prepare = std::mem::take(&mut before);
            let steps = process.prepare.iter_mut().chain(&mut process.complete);
            let around = steps.flat_map(commands_mut);
            for command in around.chain([&mut process.command]) {
                // What it would have from its own place.
                let dir = format!("{{dir:{name}}}");
                command.cwd.get_or_insert_with(|| dir.clone().into());
                command.env.entry("HOME".into()).or_insert(dir);
            }
            self.processes.push(process);
        }
        let ports = inner.fixed_ports.into_iter();
        self.fixed_ports
            .extend(ports.map(|(inner, port)| (of(&inner), port)));
        self.values.extend(named(inner.values));
        self.values.insert(of("url"), inner.url);
    }

    /// The user to whom its directory belongs when the tests run as root, if it is not root.
    pub(crate) fn user(&self) -> Option<String> {
        let elsewhere = |command: &&Command| {
            let cwd = command.cwd.as_deref().map(Path::to_string_lossy);
            cwd.is_some_and(|cwd| cwd.starts_with("{dir:"))
        };
        let run = self.processes.iter().map(|process| &process.command);
        self.prepare
            .iter()
            .flat_map(commands)
            .chain(run.filter(|command| !elsewhere(command)))
            .find_map(|command| command.as_root.clone())
    }
}

/// The commands that a step runs.
pub(crate) fn commands(step: &Step) -> Vec<&Command> {
    match step {
        Step::Run(command) => vec![command],
        Step::Template { build, .. } => build.iter().flat_map(commands).collect(),
        Step::Write { .. } | Step::Directory(_) | Step::Wait(_) | Step::PostgresPassword { .. } => {
            Vec::new()
        }
    }
}

fn commands_mut(step: &mut Step) -> Vec<&mut Command> {
    match step {
        Step::Run(command) => vec![command],
        Step::Template { build, .. } => build.iter_mut().flat_map(commands_mut).collect(),
        _ => Vec::new(),
    }
}

fn joined(name: &str, inner: &str) -> String {
    match inner {
        "" => name.into(),
        inner => format!("{name}-{inner}"),
    }
}

/// A text that speaks of what is its daemon's as a part of another.
fn renamed(text: &str, name: &str, values: &BTreeMap<String, String>) -> String {
    let (placeholders, rest) = placeholders(text);
    let mut changed = String::new();
    for (before, placeholder) in placeholders {
        changed.push_str(before);
        changed += &match placeholder {
            Placeholder::Port(inner) => Placeholder::Port(&joined(name, inner)).text(),
            Placeholder::Directory(inner) => Placeholder::Directory(&joined(name, inner)).text(),
            Placeholder::Value(inner) if values.contains_key(inner) => {
                Placeholder::Value(&joined(name, inner)).text()
            }
            // A secret and a template are not its own, and other braces are none of ours.
            Placeholder::Value(_) => placeholder.text(),
        };
    }
    changed + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::{Process, Ready};

    #[test]
    fn a_part_has_a_place_of_its_own() {
        let mut inner = Launch::new("inner");
        let command = Command {
            as_root: Some("nobody".into()),
            ..Command::new(
                "server",
                [
                    "{dir}/data",
                    "{port}",
                    "{port:side}",
                    "{word}{secret}{brace}",
                ],
            )
        };
        inner.prepare.push(Step::Directory("{dir}/data".into()));
        let set_up = Command::new("set-up", ["data"]);
        inner.prepare.push(Step::Run(set_up));
        inner.processes.push(Process::new(command, Ready::Started));
        inner.url = "x://{port}/{word}".into();
        inner.values.insert("word".into(), "w{dir}".into());
        inner.fixed_ports.insert("side".into(), 7);
        let mut outer = Launch::new("outer");
        outer.include("a", inner);

        let process = &outer.processes[0];
        assert_eq!(process.name, "a");
        assert_eq!(
            process.command.args,
            [
                "{dir:a}/data",
                "{port:a}",
                "{port:a-side}",
                "{a-word}{secret}{brace}"
            ]
        );
        assert_eq!(process.prepare[0], Step::Directory("{dir:a}/data".into()));
        let set_up = process.prepare.iter().flat_map(commands);
        let cwds: Vec<_> = set_up.map(|command| command.cwd.as_deref()).collect();
        assert_eq!(cwds, [Some("{dir:a}".as_ref())]);
        assert_eq!(process.command.cwd.as_deref(), Some("{dir:a}".as_ref()));
        assert_eq!(outer.values["a-url"], "x://{port:a}/{a-word}");
        assert_eq!(outer.values["a-word"], "w{dir:a}");
        assert_eq!(outer.fixed_ports["a-side"], 7);
        assert_eq!(outer.directories["a"].as_deref(), Some("nobody"));
    }
}
