//! The list of daemons from which the commands are made.

pub(crate) use fixtured::__command_line::{ALL, About, Absent, Entry};

use crate::failure::Failure;

/// The daemon of this name.
pub(crate) fn named(name: &str) -> Result<&'static Entry, Failure> {
    Entry::named(name).ok_or_else(|| match Absent::named(name) {
        Some(absent) => Failure::new(format!(
            "fixtured does not have `{name}` yet\n  to do:   {}",
            absent.instead
        )),
        None => Failure::usage(format!("unknown daemon `{name}`")),
    })
}
