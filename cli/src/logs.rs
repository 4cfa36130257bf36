//! `fixtured logs`.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};
use fixtured::__command_line::{DaemonStatus, Follow, LiveSession, ProcessLog, live, printed};

use crate::catalog::{ALL, Entry};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::print::print;
use crate::sessions::{chosen, name};
use crate::switch::switch;

/// The command and its options.
pub(crate) fn define() -> Command {
    let daemon = Arg::new("daemon").value_name("DAEMON").required(true);
    let session = Arg::new("session").long("session").value_name("SESSION");
    let known = ALL.iter().map(Entry::name).collect::<Vec<_>>().join(", ");
    Command::new("logs")
        .about("Show the output of a daemon")
        .arg(daemon.help("Show the newest daemon of this name").long_help(format!(
            "Show the newest daemon of this name, or the newest program that tests run under it. Daemons are {known}"
        )))
        .arg(switch("follow", "Print new output until the daemon exits").short('f'))
        .arg(session.help("Search only this session, as numbered by `status`"))
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
            "no daemon named `{daemon}` is running; see `{} status`",
            globals.called_as.name()
        )));
    };
    if several {
        let told = format!(
            "several daemons are named `{daemon}`; showing the newest, pid {} in session {}",
            seen.pid,
            name(session)
        );
        Messages::new(globals)?.say(&told);
    }
    let named = seen.logs.len() > 1;
    let shown = match matches.get_flag("follow") {
        true => follow(&seen.logs, named),
        false => seen.logs.iter().try_for_each(|log| show(log, named)),
    };
    shown.map(|()| ExitCode::SUCCESS)
}

/// Prints what a process has printed so far, with its name before each line where there are several.
fn show(ProcessLog { process, path }: &ProcessLog, named: bool) -> Result<(), Failure> {
    let mut log = match printed(path) {
        Ok(log) => BufReader::new(log),
        // It has not been started yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let path = path.display();
            return Err(Failure::new(format!("cannot read `{path}`: {error}")));
        }
    };
    let (mut out, mut line) = (BufWriter::new(io::stdout().lock()), Vec::new());
    let name = prefix(process, named);
    // A reader that has gone away, such as `head`, has seen enough.
    while log.read_until(b'\n', &mut line).is_ok_and(|read| read > 0)
        && out.write_all(name.as_bytes()).is_ok()
        && out.write_all(&line).is_ok()
    {
        line.clear();
    }
    Ok(())
}

fn follow(logs: &[ProcessLog], named: bool) -> Result<(), Failure> {
    let lines = Follow::new(logs)
        .map_err(|error| Failure::new(format!("cannot follow the log: {error}")))?;
    for (process, line) in lines {
        if print(&format!("{}{line}\n", prefix(&process, named))).is_err() {
            break;
        }
    }
    Ok(())
}

fn prefix(process: &str, named: bool) -> String {
    match named && !process.is_empty() {
        true => format!("{process} | "),
        false => String::new(),
    }
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
        .filter(|(_, seen)| !seen.logs.is_empty())
        .collect();
    found.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.age));
    found
}
