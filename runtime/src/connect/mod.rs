//! Connecting to a server, wherever it is, without ever blocking: readiness checks and isolation use it.

mod address;
mod race;
mod stream;

pub(crate) use address::Address;
pub(crate) use race::{Progress, Race};
pub(crate) use stream::Stream;
