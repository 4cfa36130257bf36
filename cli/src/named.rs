//! Daemons that are named as arguments.

use clap::builder::PossibleValue;
use clap::{Arg, ArgMatches};

use crate::catalog::{self, ALL, Absent, Entry};
use crate::failure::Failure;

/// The argument; without it, all daemons are meant where none has to be named.
pub(crate) fn define(required: bool) -> Arg {
    let known = ALL.iter().map(|entry| {
        let others = entry.names.iter().skip(1).copied();
        PossibleValue::new(entry.name()).aliases(others)
    });
    // Those that are not there are known, too.
    let absent = Absent::ALL.iter().map(|absent| absent.name);
    let absent = absent.map(|name| PossibleValue::new(name).hide(true));
    let text = match required {
        true => "Daemons to install",
        false => "Only these daemons [default: all]",
    };
    Arg::new("daemon")
        .value_name("DAEMON")
        .num_args(0..)
        .required(required)
        .value_parser(clap::builder::PossibleValuesParser::new(
            known.chain(absent),
        ))
        .hide_possible_values(true)
        .help(text)
}

/// Returns whether any is named.
pub(crate) fn any(matches: &ArgMatches) -> bool {
    matches.contains_id("daemon")
}

/// Those that are named, or all.
pub(crate) fn of(matches: &ArgMatches) -> Result<Vec<&'static Entry>, Failure> {
    let Some(names) = matches.get_many::<String>("daemon") else {
        return Ok(ALL.iter().collect());
    };
    let mut all: Vec<&'static Entry> = Vec::new();
    for name in names {
        let entry = catalog::named(name)?;
        if !all.iter().any(|known| known.names == entry.names) {
            all.push(entry);
        }
    }
    Ok(all)
}
