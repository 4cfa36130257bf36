//! `fixtured install`.

mod client;
mod directory;
mod plan;

use std::process::ExitCode;

use clap::{ArgMatches, Command};

pub(crate) use plan::{wanted, way};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::installed::look;
use crate::messages::Messages;
use crate::named;
use crate::print::print;
use crate::switch::switch;
use plan::Plan;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("install")
        .about("Install the missing software of daemons")
        .after_help(
            "Uses the package managers of this system: apt, brew, pip, npm, cargo. The last three install below \
             ~/.local/share/fixtured, in a directory for each daemon, and need no root.",
        )
        .arg(named::define(true))
        .arg(switch("dry-run", "Print the commands, and run none"))
        .arg(switch("user", "Install nothing system-wide"))
}

/// Installs what is missing, showing each command first.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let entries = named::of(matches)?;
    let messages = Messages::new(globals)?;
    let plan = Plan::of(&look(&entries, false), matches.get_flag("user"))?;
    if matches.get_flag("dry-run") {
        // A reader that has gone away, such as `head`, has seen enough.
        let _ = print(&plan.text());
        return Ok(ExitCode::SUCCESS);
    }
    if plan.is_empty() {
        messages.say("nothing is missing");
        return Ok(ExitCode::SUCCESS);
    }
    plan.carry_out(globals, &messages)?;
    let mut missing = Vec::new();
    for daemon in look(&entries, false) {
        let name = daemon.entry.name();
        match daemon
            .parts
            .iter()
            .find_map(|part| part.found.as_ref().err())
        {
            Some(why) => missing.push(format!("{name}: {why}, even after installing it")),
            None => messages.say(&format!("{name} is installed")),
        }
    }
    match missing.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Failure::new(missing.join("\n"))),
    }
}
