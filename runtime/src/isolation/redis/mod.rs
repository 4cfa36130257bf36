//! Redis and Valkey: numbered databases are lent out.

mod commands;
mod connection;
mod server;

pub(super) use server::Redis;
