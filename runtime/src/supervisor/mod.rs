//! Who owns what: the supervisor has every process, directory and port; clients hold leases.

mod allowance;
mod announcement;
mod asked;
mod assignment;
mod connection;
mod conversation;
mod copy;
mod divert;
mod door;
mod environment;
mod held;
mod keep;
mod lease;
mod origin;
mod overview;
mod process;
mod protocol;
mod reach;
mod registry;
mod sent;
mod server;
mod sessions;
mod shared;
mod starts;
mod stopping;
mod sweep;
mod timed;
mod visitors;
mod whole;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub(crate) use connection::Hangup;
pub(crate) use keep::{KEEP, keeps_failed};
pub(crate) use lease::Lease;
pub(crate) use origin::parent_at_start;
pub use overview::{Overview, Seen, Stage};
pub(crate) use process::Supervisor;
pub(crate) use reach::Address;
pub use sessions::Live;
pub(crate) use sessions::live;
