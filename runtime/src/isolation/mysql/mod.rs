//! MySQL and MariaDB: they cannot clone databases, so each is made again like the one that was prepared.

mod connection;
mod packet;
mod quote;
mod recipe;
mod script;
mod server;

pub(super) use server::Mysql;
