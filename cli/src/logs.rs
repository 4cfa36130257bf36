//! `fixtured logs`.

use std::io;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};
use fixtured::__command_line::{DaemonStatus, Follow, LiveSession, live, printed};
use fixtured::daemons::{ALL, Entry};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::print::print;
use crate::sessions::{chosen, name};

/// The command and its options.
pub(crate) fn define() -> Command {
    let daemon = Arg::new("daemon").value_name("DAEMON").required(true);
    let follow = Arg::new("follow").long("follow").short('f');
    let session = Arg::new("session").long("session").value_name("SESSION");
    let known = ALL.iter().map(Entry::name).collect::<Vec<_>>().join(", ");
    Command::new("logs")
        .about("Shows what a daemon has printed")
        .arg(daemon.help("Its name; of several, the newest is meant").long_help(format!(
            "Its name, or that of a program that tests run; of several, the newest is meant. Names are {known}"
        )))
        .arg(follow.action(ArgAction::SetTrue).help("Goes on with what it prints, until it ends"))
        .arg(session.help("The session in which it runs: the number that `status` shows"))
}

/// Prints the log.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let text = |id: &str| matches.get_one::<String>(id).map(String::as_str);
    let daemon = text("daemon").unwrap_or_default();
    let sessions = match text("session") {
        Some(session) => vec![chosen(Some(session))?],
        None => live(),
    };
    let mut found = of_name(&sessions, daemon);
    let several = found.len() > 1;
    let Some((session, seen)) = found.pop() else {
        return Err(Failure::new(format!(
            "no daemon called `{daemon}` runs; `{} status` shows which do",
            globals.called_as.name()
        )));
    };
    if several {
        let told = format!(
            "several are called `{daemon}`; this is the newest, pid {} in session {}",
            seen.pid,
            name(session)
        );
        Messages::new(globals)?.say(&told);
    }
    let failed =
        |error: io::Error| Failure::new(format!("cannot read `{}`: {error}", seen.log.display()));
    if matches.get_flag("follow") {
        for line in Follow::new(&seen.log).map_err(failed)? {
            // A reader that has gone away, such as `head`, has seen enough.
            if print(&(line + "\n")).is_err() {
                break;
            }
        }
    } else {
        let mut log = printed(&seen.log).map_err(failed)?;
        let _ = io::copy(&mut log, &mut io::stdout().lock());
    }
    Ok(ExitCode::SUCCESS)
}

/// The daemons of this name that have a log, the newest last.
fn of_name<'a>(
    sessions: &'a [LiveSession],
    wanted: &str,
) -> Vec<(&'a LiveSession, &'a DaemonStatus)> {
    let usual = Entry::named(wanted).map_or(wanted, |entry| entry.name());
    let mut found: Vec<_> = sessions
        .iter()
        .filter_map(|session| Some((session, session.overview.as_ref()?)))
        .flat_map(|(session, overview)| overview.daemons.iter().map(move |seen| (session, seen)))
        .filter(|(_, seen)| [wanted, usual].contains(&seen.name.as_str()))
        .filter(|(_, seen)| !seen.log.as_os_str().is_empty())
        .collect();
    found.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.age));
    found
}
