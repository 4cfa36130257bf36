//! `fixtured list`.

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use serde_json::json;

use crate::catalog::{ALL, Entry};
use crate::failure::Failure;
use crate::globals::Globals;
use crate::installed::{Installed, look};
use crate::print::print;
use crate::style::{Cell, Paint, Style, Table};
use crate::switch::switch;

/// The command and its options.
pub(crate) fn define() -> Command {
    Command::new("list")
        .about("List the daemons")
        .arg(
            switch(
                "long",
                "Show versions, URLs, modes, and what each test gets",
            )
            .short('l'),
        )
        .arg(switch("json", "Print all details as JSON"))
}

/// Prints the daemons' names, one a line, or what is known of each.
pub(crate) fn execute(globals: &Globals, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    let text = if matches.get_flag("json") {
        json(&installed())?
    } else if matches.get_flag("long") {
        long(&installed()).text(Style::of(globals))
    } else {
        ALL.iter()
            .map(|entry| format!("{}\n", entry.name()))
            .collect()
    };
    // A reader that has gone away, such as `head`, has seen enough.
    let _ = print(&text);
    Ok(ExitCode::SUCCESS)
}

fn installed() -> Vec<Installed> {
    look(&ALL.iter().collect::<Vec<_>>(), true)
}

fn long(daemons: &[Installed]) -> Table {
    let mut table = Table::default();
    table.row(
        ["DAEMON", "VERSION", "URL", "MODES", "A TEST GETS"]
            .map(|text| Cell::new(Paint::Dim, text)),
    );
    for daemon in daemons {
        let version = match (daemon.is_complete(), daemon.version()) {
            (false, _) => Cell::new(Paint::Bad, "missing"),
            (true, Some(version)) => Cell::new(Paint::Good, version),
            (true, None) => Cell::new(Paint::Good, "installed"),
        };
        let plain = |text: String| Cell::new(Paint::Plain, text);
        table.row([
            Cell::new(Paint::Bold, daemon.entry.names.join(", ")),
            version,
            plain(scheme(daemon.entry)),
            plain(modes(daemon.entry).join(", ")),
            plain(noun(daemon.entry.gets).into()),
        ]);
    }
    table
}

/// What a test gets, without what is said about it: a row is for a terminal.
fn noun(gets: &str) -> &str {
    let ends = [" in ", " for ", " with ", ","].iter();
    let end = ends.filter_map(|word| gets.find(word)).min();
    end.and_then(|end| gets.get(..end)).unwrap_or(gets)
}

fn json(daemons: &[Installed]) -> Result<String, Failure> {
    let all = daemons.iter().map(|daemon| {
        json!({
            "name": daemon.entry.name(),
            "names": daemon.entry.names,
            "about": daemon.entry.about(),
            "installed": daemon.is_complete(),
            "version": daemon.version(),
            "scheme": scheme(daemon.entry),
            "modes": modes(daemon.entry),
            "a_test_gets": daemon.entry.gets,
        })
    });
    let text = serde_json::to_string_pretty(&all.collect::<Vec<_>>());
    Ok(text.map_err(|error| Failure::new(error.to_string()))? + "\n")
}

/// What its URL begins with.
fn scheme(entry: &Entry) -> String {
    let launch = (entry.launch)();
    let scheme = launch.url.split_once("://").map(|(scheme, _)| scheme);
    scheme.unwrap_or_default().into()
}

/// The switches that make it run more servers than it does without.
fn modes(entry: &Entry) -> Vec<&'static str> {
    let usual = (entry.launch)().processes.len();
    let switches = (entry.options)()
        .into_iter()
        .filter(|option| option.value.is_none());
    let modes = switches.filter(|option| {
        let launch = (entry.configured)(&[(option.name, "")]);
        launch.is_ok_and(|launch| launch.processes.len() > usual)
    });
    modes.map(|option| option.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_noun() {
        for (gets, wanted) in [
            ("a dedicated server", "a dedicated server"),
            ("a prefix for its keys in a shared server", "a prefix"),
            ("a server, or a cluster", "a server"),
        ] {
            assert_eq!(noun(gets), wanted);
        }
    }

    #[test]
    fn what_is_listed_comes_from_the_definitions() {
        for (name, url, servers) in [
            ("postgres", "postgresql", &[][..]),
            ("redis", "redis", &["sentinel"]),
            ("rabbitmq", "amqp", &["cluster"]),
            ("consul", "consul", &[]),
            ("httpbin", "http", &[]),
        ] {
            let entry = Entry::named(name).unwrap();
            assert_eq!(scheme(entry), url, "{name}");
            assert_eq!(modes(entry), servers, "{name}");
        }
    }
}
