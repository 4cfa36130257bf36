//! What a test gets of its own inside a shared instance: one strategy a file.

mod isolated;
mod lent;
mod pool;
mod server;

mod mysql;
mod postgres;
mod zookeeper;

mod connect;
mod idle;
mod name;
mod patience;
mod problem;
mod wire;

pub(crate) use isolated::{Isolated, Parts, Preparation, Taken, part, remove_parts};
pub(crate) use patience::Patience;
pub(crate) use postgres::set_password;
pub(crate) use wire::{Process, Processes};
