//! Redis and Valkey: numbered databases are lent out.

mod connection;
mod server;

pub(super) use server::Redis;
