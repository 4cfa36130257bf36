//! `fixtured list`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use fixtured::daemons::ALL;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::print::print;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("list").about("Lists the daemons")
}

/// Prints the daemons' names, one a line.
pub(crate) fn execute(_globals: &Globals, _matches: &ArgMatches) -> Result<ExitCode, Failure> {
    for name in ALL.iter().filter_map(|entry| entry.names.first()) {
        // A reader that has gone away, such as `head`, has seen enough.
        let _ = print(&format!("{name}\n"));
    }
    Ok(ExitCode::SUCCESS)
}
