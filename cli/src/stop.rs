//! `fixtured stop`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("stop").about("Ends a session")
}

/// Carries it out.
pub(crate) fn execute(_globals: &Globals, _matches: &ArgMatches) -> Result<ExitCode, Failure> {
    Err(Failure::usage("`stop` is not there yet"))
}
