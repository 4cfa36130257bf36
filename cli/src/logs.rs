//! `fixtured logs`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("logs").about("Shows what a daemon has printed")
}

/// Carries it out.
pub(crate) fn execute(_globals: &Globals, _matches: &ArgMatches) -> Result<ExitCode, Failure> {
    Err(Failure::usage("`logs` is not there yet"))
}
