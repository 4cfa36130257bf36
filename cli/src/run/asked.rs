//! What the user has asked `run` for.

use std::ffi::OsString;

use clap::{ArgMatches, Command, parser::ValueSource};
use fixtured::launch::Launch;

use crate::called_as::CalledAs;
use crate::catalog::{self, Entry};
use crate::failure::Failure;
use crate::globals::Globals;

/// Makes the tree of commands for the words of a command line.
pub(crate) type Tree<'a> = &'a dyn Fn(&[OsString]) -> Command;

/// All that a call of `run` asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) globals: Globals,
    pub(crate) daemons: Vec<Wanted>,
    pub(crate) shell: String,
    pub(crate) dry_run: bool,
    /// What to run; empty for the shell.
    pub(crate) command: Vec<OsString>,
}

/// One daemon of those that are asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Its name, as the user wrote it.
    pub(crate) name: String,
    pub(crate) entry: &'static Entry,
    pub(crate) launch: Launch,
}

impl Asked {
    /// Reads the arguments of `run`; those after a `+` are more daemons.
    pub(crate) fn of(globals: Globals, run: &ArgMatches, tree: Tree<'_>) -> Result<Self, Failure> {
        globals.check()?;
        let (names, matches) = run
            .subcommand()
            .ok_or_else(|| Failure::usage("no daemon given"))?;
        let mut asked = Self {
            daemons: daemons(names, matches, globals.called_as)?,
            shell: run.get_one::<String>("shell").cloned().unwrap_or_default(),
            dry_run: run.get_flag("dry-run"),
            command: matches
                .get_many("command")
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            globals,
        };
        if asked.command.first().is_some_and(|word| word == "+") {
            let called_as = asked.globals.called_as;
            let mut words: Vec<OsString> = vec![called_as.name().into(), "run".into()];
            words.extend(asked.command.drain(..).skip(1));
            let matches = tree(&words).try_get_matches_from(&words);
            let matches = matches.unwrap_or_else(|error| error.exit());
            let Some(more) = matches.subcommand_matches("run") else {
                return Err(Failure::usage("no daemon given after `+`"));
            };
            let more = Self::of(Globals::of(called_as, &matches), more, tree)?;
            asked.daemons.extend(more.daemons);
            asked.dry_run |= more.dry_run;
            asked.command = more.command;
        }
        for (at, daemon) in asked.daemons.iter().enumerate() {
            let twice = asked
                .daemons
                .iter()
                .skip(at + 1)
                .any(|other| other.entry.names == daemon.entry.names);
            if twice {
                return Err(Failure::usage(format!(
                    "duplicate daemon `{}`",
                    daemon.name
                )));
            }
        }
        Ok(asked)
    }

    /// The names of all daemons.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.daemons.iter().map(|daemon| &*daemon.name).collect();
        names.join("+")
    }
}

impl Wanted {
    /// Its names in variables: all its names, so that readers need not know which one was used. When called as `pifpaf`, only that one.
    pub(crate) fn names(&self, called_as: CalledAs) -> Vec<String> {
        let all = match called_as {
            CalledAs::Fixtured => self.entry.names,
            CalledAs::Pifpaf => &[],
        };
        let all = all.iter().copied().filter(|name| *name != self.name);
        all.chain([self.name.as_str()])
            .map(|name| name.to_uppercase().replace('-', "_"))
            .collect()
    }
}

/// The daemons of one word, with their options.
fn daemons(word: &str, matches: &ArgMatches, called_as: CalledAs) -> Result<Vec<Wanted>, Failure> {
    let named = word
        .split('+')
        .map(|name| Ok((name, catalog::named(name)?)));
    let named: Vec<_> = named.collect::<Result<_, Failure>>()?;
    let given = |name: &str| matches.value_source(name) == Some(ValueSource::CommandLine);
    let mut all = Vec::new();
    for (name, entry) in &named {
        let mut options = Vec::new();
        for about in (entry.options)() {
            let option = about.name;
            if given(option) {
                let has = |other: &&(&str, &'static Entry)| {
                    (other.1.options)().iter().any(|about| about.name == option)
                };
                let have: Vec<_> = named.iter().filter(has).map(|(name, _)| *name).collect();
                if let [first, second, ..] = have[..] {
                    let both =
                        format!("`--{option}` is ambiguous: `{first}` and `{second}` both have it");
                    let program = called_as.name();
                    return Err(Failure::usage(format!(
                        "{both}; write `{program} run {first} --{option} … + {second} …`"
                    )));
                }
                match about.value {
                    Some(_) => {
                        let values = matches.get_many::<String>(option).into_iter().flatten();
                        options.extend(values.map(|value| (option, value.as_str())));
                    }
                    None => options.push((option, "")),
                }
            } else if let (CalledAs::Pifpaf, Some(default)) = (called_as, about.as_pifpaf) {
                options.push((option, default));
            }
        }
        let wrong = |wrong| Failure::usage(format!("{name}: {wrong}"));
        let launch = (entry.configured)(&options).map_err(wrong)?;
        all.push(Wanted {
            name: (*name).into(),
            entry,
            launch,
        });
    }
    Ok(all)
}
