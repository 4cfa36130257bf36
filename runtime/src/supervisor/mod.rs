//! Who owns what: the supervisor has every process, directory and port; clients hold leases.

mod announcement;
mod asked;
mod assignment;
mod client;
mod copy;
mod divert;
mod environment;
mod held;
mod keep;
mod origin;
mod overview;
mod process;
mod protocol;
mod registry;
mod server;
mod sessions;
mod starts;
mod sweep;
mod visitors;
mod whole;

pub(crate) use client::{Address, Lease};
pub(crate) use keep::{KEEP, keeps_failed};
pub(crate) use origin::parent_at_start;
pub use overview::{Overview, Seen};
pub(crate) use process::Supervisor;
pub use sessions::Live;
pub(crate) use sessions::live;
