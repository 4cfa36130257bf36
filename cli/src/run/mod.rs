//! `fixtured run`.

mod asked;
mod background;
mod define;
mod event;
mod foreground;
mod pifpaf;
mod shell;
mod starting;
mod variable;

use std::process::ExitCode;
use std::sync::Arc;

use clap::ArgMatches;
use fixtured::__command_line::Session;

pub(crate) use background::OPTION as BACKGROUND;
pub(crate) use define::define;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::print::print;
use asked::{Asked, Tree};
use event::Events;

/// Runs daemons for a command, or for the shell.
pub(crate) fn execute(
    globals: &Globals,
    matches: &ArgMatches,
    tree: Tree<'_>,
) -> Result<ExitCode, Failure> {
    let asked = Asked::of(globals.clone(), matches, tree)?;
    if asked.dry_run {
        return show(&asked);
    }
    let messages = Arc::new(Messages::new(&asked.globals)?);
    let events = Events::new()?;
    if asked.command.is_empty() {
        return match asked.globals.background {
            true => background::hold(&asked, &events, &messages),
            false => background::launch(&events),
        };
    }
    let session = Session::begin()?;
    let instances = starting::start(&asked, &session, &events, &messages)?;
    let variables = variable::variables(&asked, &session, &instances);
    // One that came after the last start is not for the command, which is not there yet.
    let code = match events.signal() {
        Some(signal) => Err(Failure::interrupted(signal as i32)),
        None => foreground::run(&asked, &variables, &events),
    };
    for (daemon, instance) in asked.daemons.iter().zip(&instances) {
        if let Some(how) = instance.died() {
            messages.error(&format!(
                "`{}` died while the command ran: {how}",
                daemon.name
            ));
        }
    }
    session.end()?;
    code.map(ExitCode::from)
}

/// Prints what would be run.
fn show(asked: &Asked) -> Result<ExitCode, Failure> {
    for daemon in &asked.daemons {
        let text = serde_json::to_string_pretty(&daemon.launch)
            .map_err(|error| Failure::new(error.to_string()))?;
        // A reader that has gone away, such as `head`, has seen enough.
        let _ = print(&(text + "\n"));
    }
    Ok(ExitCode::SUCCESS)
}
