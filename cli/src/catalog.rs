//! The list of daemons from which the commands are made.

pub(crate) use fixtured::__command_line::{ALL, About, Entry};
