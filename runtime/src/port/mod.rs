//! Leasing ports.

mod candidates;
mod lease;
mod lock_dir;

pub(crate) use lease::PortLease;
