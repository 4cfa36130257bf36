//! A PostgreSQL database for each test: cloned from a template, some of them ahead of their use.

mod connection;
mod login;
mod name;
mod password;
mod pool;
mod server;
mod statement;
mod template;

pub(crate) use connection::Dead;
pub(crate) use password::set_password;
pub(super) use pool::{Claim, Database, Pool, Taken};
pub(super) use server::remove_all;
