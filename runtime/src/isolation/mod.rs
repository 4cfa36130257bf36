//! What a test gets of its own inside a shared instance: one strategy a file.

mod isolated;
mod lent;
mod pool;
mod server;

mod mysql;
mod postgres;
mod zookeeper;

mod idle;
mod name;
mod problem;
mod wire;

pub(crate) use isolated::{Isolated, Parts, Preparation, Refused, Taken, remove_parts};
pub(crate) use postgres::set_password;
pub(crate) use wire::Dead;
