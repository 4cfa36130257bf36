//! `fixtured completions`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("completions").about("Prints completions for a shell")
}

/// Carries it out.
pub(crate) fn execute(_globals: &Globals, _matches: &ArgMatches) -> Result<ExitCode, Failure> {
    Err(Failure::usage("`completions` is not there yet"))
}
