//! `fixtured status`.

use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use clap::{ArgMatches, Command};
use fixtured::__command_line::{DaemonStatus, LiveSession, Overview, Stage, live};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::globals::Globals;
use crate::messages::Messages;
use crate::print::print;
use crate::run::BACKGROUND;
use crate::sessions::name;
use crate::style::{Cell, Paint, Style, Table};
use crate::switch::switch;

/// How often `--watch` looks.
const PERIOD: Duration = Duration::from_secs(1);

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("status")
        .about("Show running sessions and their daemons")
        .arg(switch("watch", "Refresh every second until interrupted").short('w'))
        .arg(switch(
            "json",
            "Print as JSON; with `--watch`, one line per refresh",
        ))
}

/// Shows what runs.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let style = Style::of(globals);
    let (watch, json) = (matches.get_flag("watch"), matches.get_flag("json"));
    // On a terminal, what is shown takes the place of what was shown before.
    let in_place = watch && style.is_terminal() && !json;
    let mut before = 0;
    loop {
        let sessions = live();
        let text = match (json, watch) {
            (true, true) => format!("{}\n", all(&sessions)),
            (true, false) => format!("{:#}\n", all(&sessions)),
            (false, true) if sessions.is_empty() => "no session is running\n".into(),
            (false, _) => text(&sessions, style),
        };
        let again = match before {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\x1b[J"),
        };
        if in_place {
            before = text.lines().count();
        }
        // A reader that has gone away, such as `head`, has seen enough.
        if print(&(again + &text)).is_err() || !watch {
            if sessions.is_empty() && !json {
                Messages::new(globals)?.say("no session is running");
            }
            return Ok(ExitCode::SUCCESS);
        }
        sleep(PERIOD);
    }
}

/// The command of a session's runner, without what `run` tells its copy in the background.
fn command(overview: &Overview) -> String {
    match overview.command.as_str() {
        "" => "runner exited; kept daemons go on".into(),
        command => command.replacen(&format!(" {BACKGROUND} "), " ", 1),
    }
}

fn text(sessions: &[LiveSession], style: Style) -> String {
    let texts = sessions.iter().map(|session| match &session.overview {
        Some(overview) => of_overview(session, overview, style),
        None => {
            let LiveSession {
                version,
                supervisor,
                ..
            } = session;
            let why = match version.as_str() {
                env!("CARGO_PKG_VERSION") => "does not answer".into(),
                version => format!("has version {version}"),
            };
            let head = style.paint(Paint::Bold, &format!("session {}", name(session)));
            format!("{head}  its supervisor (pid {supervisor}) {why}\n")
        }
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn of_overview(session: &LiveSession, overview: &Overview, style: Style) -> String {
    let head = style.paint(Paint::Bold, &format!("session {}", name(session)));
    let age = style.paint(Paint::Dim, &format!("({})", age(overview.age)));
    let space = style.space_beside(&[&head, "    ", &age]);
    let command = console::truncate_str(&command(overview), space, "…").into_owned();
    let mut table = Table::default();
    table.row(
        [
            "  DAEMON", "STATE", "AGE", "PORT", "PID", "MEMORY", "CLIENTS",
        ]
        .map(|text| Cell::new(Paint::Dim, text)),
    );
    for seen in &overview.daemons {
        table.row(row(seen));
    }
    let daemons = match overview.daemons.is_empty() {
        true => "  no daemon is running\n".into(),
        false => table.text(style),
    };
    format!("{head}  {command}  {age}\n{daemons}")
}

fn row(seen: &DaemonStatus) -> [Cell; 7] {
    let plain = |text: String| Cell::new(Paint::Plain, text);
    let unless_zero =
        |number: u64, text: String| plain(if number == 0 { String::new() } else { text });
    let paint = match seen.stage {
        Stage::Running | Stage::Kept | Stage::Existing => Paint::Good,
        Stage::Ended(_) => Paint::Bad,
        Stage::Starting(_) | Stage::Stopped | Stage::Paused(_) => Paint::Plain,
    };
    let ports: Vec<_> = seen.ports.values().map(u16::to_string).collect();
    // One of several has said enough on a line.
    let ports = match &ports[..] {
        [first, _, _, ..] => format!("{first} + {}", ports.len() - 1),
        ports => ports.join(", "),
    };
    [
        Cell::new(Paint::Bold, format!("  {}", seen.name)),
        Cell::new(paint, seen.stage.to_string()),
        plain(age(seen.age)),
        plain(ports),
        unless_zero(seen.pid.into(), seen.pid.to_string()),
        unless_zero(seen.memory, mebibytes(seen.memory)),
        plain(seen.clients.len().to_string()),
    ]
}

fn all(sessions: &[LiveSession]) -> Value {
    sessions.iter().map(of_session).collect()
}

fn of_session(session: &LiveSession) -> Value {
    let overview = session.overview.as_ref();
    let daemons = overview.map(|overview| overview.daemons.iter().map(of_daemon));
    json!({
        "session": name(session),
        "version": session.version,
        "supervisor": session.supervisor,
        "runner": overview.map(|it| json!({ "pid": it.runner, "command": command(it) })),
        "age": overview.map(|overview| overview.age.as_secs_f64()),
        "daemons": daemons.map(Iterator::collect::<Vec<_>>),
    })
}

fn of_daemon(seen: &DaemonStatus) -> Value {
    let processes = seen
        .processes
        .iter()
        .map(|(name, pid, runs)| json!({ "name": name, "pid": pid, "runs": runs }));
    let logs = seen
        .logs
        .iter()
        .map(|log| json!({ "process": log.process, "path": log.path }));
    json!({
        "name": seen.name,
        "state": seen.stage.to_string(),
        "age": seen.age.as_secs_f64(),
        "url": seen.url,
        "port": seen.ports.get(""),
        "ports": seen.ports,
        "pid": seen.pid,
        "processes": processes.collect::<Vec<_>>(),
        "memory": seen.memory,
        "clients": seen.clients,
        "dir": seen.dir,
        "log": seen.logs.first().map(|log| &log.path),
        "logs": logs.collect::<Vec<_>>(),
    })
}

/// A time that has passed, as people say it.
fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match (seconds / 3600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A size, as people say it.
pub(crate) fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_as_people_say_them() {
        for (seconds, wanted) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (3600, "1 h 0 min"),
            (90061, "25 h 1 min"),
        ] {
            assert_eq!(age(Duration::from_secs(seconds)), wanted);
        }
        assert_eq!(mebibytes(3 << 19), "1.5 MiB");
    }
}
