//! The arguments of `fixtured run`, made from the list of daemons.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{Arg, ArgAction, Command, ValueHint};

use crate::called_as::CalledAs;
use crate::catalog::{ALL, About, Absent, Entry};
use crate::globals::GENERAL;
use crate::switch::switch;

/// The command, with a subcommand for each daemon, and for each word that names several.
pub(crate) fn define(called_as: CalledAs, words: &[OsString]) -> Command {
    let shell = Arg::new("shell")
        .long("shell")
        .value_name("SHELL")
        .help_heading(GENERAL)
        .global(true);
    let shell = shell
        .value_parser(["sh", "bash", "zsh", "fish"])
        .default_value("sh")
        .help("Without a command, print variables in the syntax of this shell");
    let dry_run = switch("dry-run", "Print what would be run, and run nothing")
        .help_heading(GENERAL)
        .global(true);
    let singles = ALL
        .iter()
        .flat_map(|entry| entry.names.iter().map(move |name| (*name, entry)));
    let singles = singles.map(|(name, entry)| {
        let usual = entry.names.first() == Some(&name);
        daemon(name.into(), &[entry], called_as).hide(!usual)
    });
    // Each once: words of the command may be the same.
    let words: BTreeSet<_> = words.iter().filter_map(|word| word.to_str()).collect();
    let groups = words.iter().copied().filter_map(|word| {
        let word = Some(word).filter(|word| word.contains('+'))?;
        let entries: Option<Vec<_>> = word.split('+').map(Entry::named).collect();
        Some(daemon(word.into(), &entries?, called_as))
    });
    Command::new("run")
        .about("Run daemons for a command or a shell")
        .subcommand_value_name("DAEMON[+DAEMON…]")
        .subcommand_help_heading("Daemons")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .arg(shell)
        .arg(dry_run)
        .subcommands(
            singles
                .chain(groups)
                .chain(words.iter().copied().filter_map(absent)),
        )
}

/// The subcommand of a word that names a daemon which is not there, whatever its options are; what to say about it is known later.
fn absent(word: &str) -> Option<Command> {
    let known = |name| Entry::named(name).is_some() || Absent::named(name).is_some();
    let is_absent = word.split('+').any(|name| Absent::named(name).is_some());
    let anything = Arg::new("anything")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(true)
        .value_parser(clap::value_parser!(OsString));
    let command = Command::new(word.to_owned()).hide(true).arg(anything);
    (is_absent && word.split('+').all(known)).then_some(command)
}

/// The subcommand of these daemons.
fn daemon(name: String, entries: &[&'static Entry], called_as: CalledAs) -> Command {
    let about = entries.iter().map(|entry| about(entry));
    let about = about.collect::<Vec<_>>().join(", ");
    let command = Arg::new("command")
        .value_name("COMMAND")
        .num_args(0..)
        .trailing_var_arg(true)
        .allow_hyphen_values(false)
        .value_parser(clap::value_parser!(OsString))
        .value_hint(ValueHint::CommandWithArguments)
        .help("Run this command; without one, print variables for the shell");
    let mut subcommand = Command::new(name)
        .about(about)
        .arg(command)
        .disable_version_flag(true);
    let mut known: Vec<&str> = Vec::new();
    for about in entries.iter().flat_map(|entry| (entry.options)()) {
        if !known.contains(&about.name) {
            known.push(about.name);
            subcommand = subcommand.arg(option(&about, called_as));
        }
    }
    subcommand
}

/// What a daemon is, without what tests get of it, and its other names.
fn about(entry: &Entry) -> String {
    let what = entry.title;
    match entry.names {
        [_, others @ ..] if !others.is_empty() => format!("{what} (also: {})", others.join(", ")),
        _ => what.to_owned(),
    }
}

/// One option of a daemon.
fn option(about: &About, called_as: CalledAs) -> Arg {
    let mut text = about.text.clone();
    if let (CalledAs::Pifpaf, Some(default)) = (called_as, about.as_pifpaf) {
        text += &format!(" [default: {default}]");
    }
    let option = Arg::new(about.name).long(about.name).help(text);
    match about.value {
        Some(value) => option.value_name(value).action(ArgAction::Append),
        None => option.action(ArgAction::SetTrue),
    }
}
