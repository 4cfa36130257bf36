//! `fixtured man`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("man").about("Prints the manual page")
}

/// Carries it out.
pub(crate) fn execute(_globals: &Globals, _matches: &ArgMatches) -> Result<ExitCode, Failure> {
    Err(Failure::usage("`man` is not there yet"))
}
