//! Leasing ports.

mod candidates;
mod contested;
mod lease;

pub(crate) use lease::PortLease;
