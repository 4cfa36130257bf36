//! What a test gets of its own inside a shared instance: one strategy a file.

mod isolated;
mod postgres;

pub(crate) use isolated::{Isolated, Refused};
