//! The supervisor owns every process, directory and port; clients hold leases.

mod acquired;
mod address;
mod allowance;
mod announcement;
mod assignment;
mod client_connection;
mod clients;
mod connection;
mod copy;
mod data_set;
mod deadline_stream;
mod divert;
mod environment;
mod grant;
mod keep;
mod launch_cache;
mod launch_request;
mod lease;
mod listener;
mod origin;
mod overview;
mod part_request;
mod process;
mod protocol;
mod registry;
mod relay;
mod seeding;
mod server;
mod session_daemons;
mod sessions;
mod shared;
mod spares;
mod starts;
mod stopping;
mod sweep;
mod take;
mod upkeep;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub(crate) use address::Address;
pub(crate) use connection::Hangup;
pub(crate) use keep::{KEEP, keeps_failed};
pub(crate) use lease::Lease;
pub(crate) use origin::parent_at_start;
pub use overview::{DaemonStatus, Overview, Stage};
pub(crate) use process::SupervisorProcess;
pub use sessions::LiveSession;
pub(crate) use sessions::live;
