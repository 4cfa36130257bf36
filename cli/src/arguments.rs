//! The tree of commands, made from the list of daemons.

use std::ffi::OsString;

use clap::Command;

use crate::called_as::CalledAs;
use crate::{clean, completions, doctor, globals, install, list, logs, man, run, status, stop};

/// The whole program; `words` are those that it was called with, among which there may be names of several daemons in one word.
pub(crate) fn tree(called_as: CalledAs, words: &[OsString]) -> Command {
    let program = Command::new(called_as.name())
        .version(env!("CARGO_PKG_VERSION"))
        .about("Run real daemons for a command, a shell or a whole test run")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_long_args(true);
    let program = globals::define(program, called_as).next_help_heading(None);
    let commands = [
        run::define(called_as, words),
        list::define(),
        doctor::define(),
        install::define(),
        status::define(),
        stop::define(),
        logs::define(),
        clean::define(),
        completions::define(),
        man::define(),
    ];
    program.subcommands(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_contradicts_itself_nowhere() {
        tree(CalledAs::Fixtured, &[]).debug_assert();
        tree(CalledAs::Pifpaf, &["run".into(), "redis+postgresql".into()]).debug_assert();
    }
}
