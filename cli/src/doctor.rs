//! `fixtured doctor`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::install::{wanted, way};
use crate::installed::{Installed, Part, look};
use crate::named;
use crate::print::print;
use crate::style::{Cell, Paint, Style, Table};
use crate::switch::switch;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("doctor")
        .about("Check which daemons can run on this machine")
        .arg(named::define(false))
        .arg(switch("json", "Print as JSON"))
}

/// Says what is there and what is not; it is a failure if something is not there that was asked for by name.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let daemons = look(&named::of(matches)?, true);
    let text = match matches.get_flag("json") {
        true => json(&daemons)?,
        false => table(globals, &daemons).text(Style::of(globals)),
    };
    // A reader that has gone away, such as `head`, has seen enough.
    let _ = print(&text);
    let ok = !named::any(matches) || daemons.iter().all(Installed::is_complete);
    Ok(ExitCode::from(u8::from(!ok)))
}

fn table(globals: &Globals, daemons: &[Installed]) -> Table {
    let mut table = Table::default();
    let plain = |text: &str| Cell::new(Paint::Plain, text);
    for daemon in daemons {
        let name = daemon.entry.name();
        let broken = wanted(daemon).iter().any(|part| part.broken);
        let whole = state(daemon.is_complete(), broken);
        let mut first = Some((Cell::new(Paint::Bold, name), whole));
        for part in wanted(daemon) {
            // What is there of more than one software is of interest only where something else is not.
            let (named, state) = first.take().unwrap_or_else(|| {
                let state = state(part.found.is_ok(), part.broken);
                (plain(&format!("  {}", part.name())), state)
            });
            match &part.found {
                Ok(found) => {
                    let program = found.programs.first();
                    let path = program.map(|path| path.display().to_string());
                    let version = found.version.as_deref().unwrap_or_default();
                    let path = Cell::new(Paint::Dim, path.unwrap_or_default());
                    table.row([named, state, plain(version), path]);
                }
                Err(why) => {
                    table.row([named, state, plain(""), plain(why)]);
                    if part.broken {
                        continue;
                    }
                    let to_do = way(part, false).map_or_else(
                        |why| why,
                        |way| {
                            let program = globals.called_as.name();
                            format!("install: {program} install {name}  ({way})")
                        },
                    );
                    table.row([plain(""), plain(""), plain(""), plain(&to_do)]);
                }
            }
        }
    }
    table
}

fn state(is_there: bool, broken: bool) -> Cell {
    match (is_there, broken) {
        (true, _) => Cell::new(Paint::Good, "ok"),
        (false, true) => Cell::new(Paint::Bad, "broken"),
        (false, false) => Cell::new(Paint::Bad, "missing"),
    }
}

fn json(daemons: &[Installed]) -> Result<String, Failure> {
    let all: Vec<_> = daemons
        .iter()
        .map(|daemon| {
            let software: Vec<_> = wanted(daemon).iter().map(of_part).collect();
            json!({
                "name": daemon.entry.name(),
                "names": daemon.entry.names,
                "ok": daemon.is_complete(),
                "software": software,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&all);
    Ok(text.map_err(|error| Failure::new(error.to_string()))? + "\n")
}

fn of_part(part: &Part) -> serde_json::Value {
    let found = part.found.as_ref().ok();
    json!({
        "name": part.name(),
        "variable": part.software.variable,
        "ok": part.found.is_ok(),
        "broken": part.broken,
        "version": found.and_then(|found| found.version.clone()),
        "programs": found.map(|found| &found.programs),
        "missing": part.found.as_ref().err(),
        "install": part.software.install.commands(),
    })
}
