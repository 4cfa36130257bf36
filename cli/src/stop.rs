//! `fixtured stop`.

use std::fs;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::run::BACKGROUND;

/// The command and its options.
pub(crate) fn define() -> Command {
    let session = Arg::new("session")
        .value_name("SESSION")
        .required(true)
        .value_parser(clap::value_parser!(u32));
    Command::new("stop")
        .about("Ends a session")
        .arg(session.help("The number in FIXTURED_PID"))
}

/// Ends what `run` has left in the background, and waits until nothing is left of it.
pub(crate) fn execute(_globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let pid = matches
        .get_one::<u32>("session")
        .copied()
        .unwrap_or_default();
    match fs::read(format!("/proc/{pid}/cmdline")) {
        // A number that has been given to another process is none of ours.
        Ok(words) if words.split(|byte| *byte == 0).nth(1) == Some(BACKGROUND.as_bytes()) => {
            fixtured::__command_line::end(pid)?;
        }
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}
