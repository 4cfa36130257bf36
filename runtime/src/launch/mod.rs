//! What to run, as plain data.

#[expect(clippy::module_inception, reason = "it is the noun of the whole")]
mod launch;

mod command;
mod include;
mod isolation;
mod placeholder;
mod process;
mod protocol;
mod quoting;
mod ready;
mod site;
mod software;
mod step;
mod template;
mod text;
mod written;

pub use command::Command;
pub(crate) use include::commands;
pub use isolation::{Databases, Init, Isolation, Lender, Scope, Script};
pub use launch::{Launch, Reuse};
pub(crate) use placeholder::{Placeholder, Subject};
pub use process::{Input, Output, Process, Stop};
pub use protocol::Protocol;
pub(crate) use protocol::protocols;
pub use quoting::Quoting;
pub use ready::{HttpProbe, Ready};
pub use site::Site;
pub use software::{Install, Software};
pub use step::Step;
pub(crate) use template::{regex_template, shell_template, template};
pub(crate) use text::{Piece, Texts, in_template, map, pieces};
pub(crate) use written::written;
