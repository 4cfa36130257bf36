//! What to run, as plain data.

#[expect(clippy::module_inception, reason = "it is the noun of the whole")]
mod launch;

mod command;
mod isolation;
mod process;
mod ready;

pub use command::{Command, Software, Step};
pub use isolation::{Init, Isolation, PostgresDatabase, Scope, Script};
pub use launch::{Existing, Launch, Site};
pub use process::{Input, Output, Process, Stop};
pub use ready::{HttpProbe, Ready};
