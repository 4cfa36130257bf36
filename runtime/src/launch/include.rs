//! Daemons that contain other daemons.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use super::text::{Piece, Texts, map, mark, pieces};
use super::{Command, Launch, Placeholder, Step, Subject};

impl Launch {
    /// Makes `inner` a part of this daemon. Its processes start next, in their order, in a separate directory.
    ///
    /// Everything that belongs to it is prefixed with `name`:
    ///
    /// | of `inner` | here |
    /// |---|---|
    /// | directory | `site.dir_named("name")` |
    /// | ports | `site.port_named("name")`, `site.port_named("name-other")` |
    /// | values | `site.value("name-value")` |
    /// | URL | `site.value("name-url")` |
    /// | processes | `name`, `name-other` |
    ///
    /// Its isolation and its variables are dropped, since this daemon is its only client.
    pub fn include(self, name: &str, inner: Self) -> Self {
        if self.alternatives.is_empty() && inner.alternatives.is_empty() {
            return self.include_one(name, inner);
        }
        let ways = self.ways().flat_map(|outer| {
            let with = move |inner| outer.clone().include_one(name, inner);
            inner.ways().map(with).collect::<Vec<_>>()
        });
        ways.reduce(Self::or).unwrap_or(self)
    }

    /// The same for launches without alternatives.
    fn include_one(mut self, name: &str, mut inner: Self) -> Self {
        let values: Vec<_> = inner.values.keys().cloned().collect();
        inner.each_text(&mut |text| *text = renamed(text, name, &values));
        self.invalid = self.invalid.take().or(inner.invalid.take());
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
            let steps = process.prepare.iter_mut().chain(&mut process.after_ready);
            let around = steps.flat_map(commands_mut);
            for command in around.chain([&mut process.command]) {
                // The defaults that it would have as a separate daemon.
                let dir = mark(&Subject::Directory(name.into()).into());
                command.cwd.get_or_insert_with(|| dir.clone().into());
                command.env.entry("HOME".into()).or_insert(dir);
            }
            self.processes.push(process);
        }
        let ports = inner.fixed_ports.into_iter();
        self.fixed_ports
            .extend(ports.map(|(inner, port)| (of(&inner), port)));
        self.values.extend(named(inner.values));
        let over_wire = named(inner.over_wire.values);
        self.over_wire.values.extend(over_wire);
        self.values.insert(of("url"), inner.url);
        self
    }

    /// When included in another daemon, starts its first process without waiting for the processes before it.
    pub fn concurrent(mut self) -> Self {
        let others = self.alternatives.iter_mut().map(|it| &mut it.processes);
        for processes in others.chain([&mut self.processes]) {
            if let Some(process) = processes.first_mut() {
                process.concurrent = true;
            }
        }
        self
    }

    /// The user that owns its directory when the tests run as root, if it is not root.
    pub(crate) fn user(&self) -> Option<String> {
        let elsewhere = |command: &&Command| {
            let cwd = command.cwd.as_deref().and_then(Path::to_str);
            matches!(
                cwd.map(pieces).unwrap_or_default().first(),
                Some(Piece::Placeholder(Placeholder { of: Subject::Directory(name), .. })) if !name.is_empty()
            )
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
        Step::Write { .. }
        | Step::Directory(_)
        | Step::Wait(_)
        | Step::Execute { .. }
        | Step::Load { .. } => Vec::new(),
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

/// The text of an included daemon, with its placeholders renamed. The daemon has these values.
fn renamed(text: &str, name: &str, values: &[String]) -> String {
    map(text, Cow::Borrowed, |Placeholder { of, quoted }| {
        let of = match of {
            Subject::Port(inner) => Subject::Port(joined(name, &inner).into()),
            Subject::Directory(inner) => Subject::Directory(joined(name, &inner).into()),
            Subject::Value(inner) if values.iter().any(|value| *value == inner) => {
                Subject::Value(joined(name, &inner).into())
            }
            // The secret is shared, and a template belongs to its step.
            other => other,
        };
        mark(&Placeholder { of, quoted })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::serialized::{read, serialized};
    use crate::launch::{Process, Ready};

    /// A launch whose texts are given in serialized form.
    fn launch(name: &str, change: impl FnOnce(&mut Launch)) -> Launch {
        let mut launch = Launch::new(name);
        change(&mut launch);
        launch.each_text(&mut |text| *text = read(text).unwrap().into_owned());
        launch
    }

    #[test]
    fn a_part_has_a_place_of_its_own() {
        let inner = launch("inner", |inner| {
            let args = [
                "{dir}/data",
                "{port}",
                "{port:side}",
                "{word}{secret}{{word}}",
            ];
            let command = Command {
                as_root: Some("nobody".into()),
                ..Command::new("server", args)
            };
            inner
                .prepare
                .push(Step::Directory("{dir|path}/data".into()));
            let set_up = Command::new("set-up", ["data"]);
            inner.prepare.push(Step::Run(set_up));
            inner.processes.push(Process::new(command, Ready::Started));
            inner.url = "x://{port}/{word}".into();
            inner.values.insert("word".into(), "w{dir}".into());
            inner.fixed_ports.insert("side".into(), 7);
        });
        let mut outer = Launch::new("outer").include("a", inner);
        assert_eq!(outer.user(), None);
        outer.each_text(&mut |text| *text = serialized(text));

        let process = &outer.processes[0];
        assert_eq!(process.name, "a");
        assert_eq!(
            process.command.args,
            [
                "{dir:a}/data",
                "{port:a}",
                "{port:a-side}",
                "{a-word}{secret}{{word}}"
            ]
        );
        let made = Step::Directory("{dir:a|path}/data".into());
        assert_eq!(process.prepare[0], made);
        let set_up = process.prepare.iter().flat_map(commands);
        let cwds: Vec<_> = set_up.map(|command| command.cwd.as_deref()).collect();
        assert_eq!(cwds, [Some("{dir:a}".as_ref())]);
        assert_eq!(process.command.cwd.as_deref(), Some("{dir:a}".as_ref()));
        assert_eq!(outer.values["a-url"], "x://{port:a}/{a-word}");
        assert_eq!(outer.values["a-word"], "w{dir:a}");
        assert_eq!(outer.fixed_ports["a-side"], 7);
        assert_eq!(outer.directories["a"].as_deref(), Some("nobody"));
    }

    #[test]
    fn a_part_may_be_run_in_several_ways() {
        let running = |program: &str| {
            let command = Command::new(program, [""; 0]);
            Launch::new("x").run(Process::new(command, Ready::Started))
        };
        let or = |one: &str, other: &str| running(one).or(running(other));
        let outer = Launch::new("outer")
            .include("a", or("a1", "a2"))
            .include("b", or("b1", "b2"))
            .run(Process::new(Command::new("app", [""; 0]), Ready::Started));
        let ways: Vec<_> = outer
            .ways()
            .map(|way| {
                let programs = way.processes.iter().map(|it| it.command.program.as_str());
                programs.collect::<Vec<_>>().join(" ")
            })
            .collect();
        assert_eq!(ways, ["a1 b1 app", "a1 b2 app", "a2 b1 app", "a2 b2 app"]);
        assert_eq!(outer.processes[0].name, "a");
        assert_eq!(outer.alternatives[2].processes[1].name, "b");
    }
}
