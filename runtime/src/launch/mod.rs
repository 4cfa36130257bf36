//! What to run, as plain data.

#[expect(clippy::module_inception, reason = "it is the noun of the whole")]
mod launch;

mod command;
mod include;
mod isolation;
mod placeholder;
mod process;
mod ready;

pub use command::{Command, Install, Software, Step};
pub(crate) use include::commands;
pub use isolation::{Databases, Init, Isolation, Lender, Protocol, Scope, Script};
pub use launch::{Existing, Launch, Site};
pub(crate) use placeholder::{Placeholder, placeholders, rewrite};
pub use process::{Input, Output, Process, Stop};
pub use ready::{HttpProbe, Ready};
