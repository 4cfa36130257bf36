//! Who owns what: the supervisor has every process, directory and port; clients hold leases.

mod client;
mod divert;
mod held;
mod process;
mod protocol;
mod registry;
mod server;
mod sweep;
mod whole;

pub(crate) use client::{Address, Lease};
pub(crate) use divert::parent_at_start;
pub(crate) use process::Supervisor;
