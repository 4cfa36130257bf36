//! The list of daemons from which the commands are made.

pub(crate) use fixtured::daemons::{ALL, About, Entry};
