//! ZooKeeper: a test's database is a node with its descendants.

mod connection;
mod server;

pub(super) use server::Zookeeper;
