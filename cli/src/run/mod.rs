//! `fixtured run`.

mod asked;
mod define;

use std::process::ExitCode;

use clap::ArgMatches;

pub(crate) use define::define;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::print::print;

/// Runs daemons for a command, or for the shell.
pub(crate) fn execute(globals: Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let asked = asked::Asked::of(globals, matches)?;
    if asked.dry_run {
        for daemon in &asked.daemons {
            let text = serde_json::to_string_pretty(&daemon.launch);
            let text = text.map_err(|error| Failure::new(error.to_string()))?;
            print(&(text + "\n"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::usage("`run` is not there yet"))
}
