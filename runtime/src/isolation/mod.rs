//! What a test gets of its own inside a shared instance: one strategy a file.

mod isolated;
mod postgres;

pub(crate) use isolated::{Isolated, Parts, Preparation, Refused, Taken, remove_parts};
pub(crate) use postgres::{Dead, set_password};
