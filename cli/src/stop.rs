//! `fixtured stop`.

use std::fs;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};
use fixtured::__command_line::live;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::run::BACKGROUND;
use crate::sessions::{chosen, known, name, named};
use crate::switch::switch;

/// The command and its options.
pub(crate) fn define() -> Command {
    let session = Arg::new("session").value_name("SESSION");
    Command::new("stop")
        .about("End a session and everything in it")
        .arg(session.help(
            "End this session, as numbered by `status` [default: that of FIXTURED_PID, or the only one]",
        ))
        .arg(
            switch("all", "End all sessions of this user").conflicts_with("session"),
        )
}

/// Ends sessions, and waits until nothing is left of them.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let messages = Messages::new(globals)?;
    if matches.get_flag("all") {
        for session in live() {
            session.end()?;
            messages.say(&format!("session {} has ended", name(&session)));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let given = matches.get_one::<String>("session").cloned();
    let word = given.clone().or_else(of_shell);
    let number: Option<u32> = word.as_ref().and_then(|word| word.parse().ok());
    // This is what the shell's function calls: it must work wherever the session is.
    if let Some(pid) = number.filter(|pid| is_background(*pid)) {
        fixtured::__command_line::end(pid)?;
        return Ok(ExitCode::SUCCESS);
    }
    let session = match (word.as_deref().and_then(named), number, given) {
        (Some(session), _, _) => session,
        // The function must not take this for a failure: the number may have been given to another process.
        (None, Some(number), Some(_)) => {
            messages.say(&format!("session {number} is not running; {}", known()));
            return Ok(ExitCode::SUCCESS);
        }
        (None, Some(number), None) => {
            let ended = format!("session {number} of this shell has ended");
            return Err(Failure::new(format!("{ended}; {}", known())));
        }
        (None, None, given) => chosen(given.as_deref())?,
    };
    session.end()?;
    messages.say(&format!("session {} has ended", name(&session)));
    Ok(ExitCode::SUCCESS)
}

/// The session of the shell that this program is called in.
fn of_shell() -> Option<String> {
    ["FIXTURED_PID", "PIFPAF_PID"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
}

/// Returns whether a number is that of what `run` has left in the background; it may have been given to another process.
fn is_background(pid: u32) -> bool {
    let words = fs::read(format!("/proc/{pid}/cmdline"));
    words.is_ok_and(|words| words.split(|byte| *byte == 0).nth(1) == Some(BACKGROUND.as_bytes()))
}
