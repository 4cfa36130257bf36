//! What to run for a daemon, as plain data.
//!
//! A [`Daemon`](crate::Daemon) returns a [`Launch`]. A definition is usually one chain: the required programs, the configuration files, the
//! processes with their [readiness](Ready), and what clients need to connect. [`Site`] supplies placeholders for the directory and the
//! ports, which the supervisor chooses later.
//!
//! ```
//! use fixtured::launch::{Command, Launch, Process, Ready, Site, Software};
//!
//! fn launch(site: &Site) -> Launch {
//!     let Site { dir, port, .. } = site;
//!     let url = format!("http://127.0.0.1:{port}");
//!     let config = format!("{dir}/search.conf");
//!     let command = Command::new("search-engine", ["--config", &config]);
//!     Launch::new("search-engine")
//!         .needs(Software::new("search-engine", ["search-engine"]).apt("search-engine"))
//!         .write(&config, format!("data = {dir}/data\nport = {port}\n"))
//!         .run(Process::new(command, Ready::get(format!("{url}/health"))))
//!         .url(&url)
//!         .variables([("SEARCH_URL", &url)])
//! }
//! ```

#[expect(
    clippy::module_inception,
    reason = "the module is named after its main type"
)]
mod launch;

mod alternative;
mod command;
mod include;
mod isolation;
mod over_wire;
mod placeholder;
mod process;
mod protocol;
mod quoting;
mod ready;
mod reuse;
mod seed;
mod serialized;
mod site;
mod software;
mod step;
mod template;
mod text;
mod tls;
mod ways;

pub use alternative::Alternative;
pub use command::Command;
pub(crate) use include::commands;
pub use isolation::{Databases, Files, Init, Isolation, Lender, Scope, Script};
pub use launch::Launch;
pub use over_wire::OverWire;
pub(crate) use placeholder::{Placeholder, Subject};
pub use process::{Input, Output, Process, Stop};
pub use protocol::Protocol;
pub(crate) use protocol::protocols;
pub use quoting::Quoting;
pub use ready::{HttpProbe, Ready};
pub use reuse::Reuse;
pub use seed::Seed;
pub(crate) use serialized::serialized;
pub use site::Site;
pub use software::{Install, Software};
pub use step::Step;
pub(crate) use template::{regex_template, shell_template, template};
pub(crate) use text::{Piece, Texts, in_template, map, mark, pieces};
pub(crate) use tls::{Tls, TlsMode};
