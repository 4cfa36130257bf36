//! ZooKeeper: what a test has for a database is a node, below which all of its own are.

mod connection;
mod server;

pub(super) use server::Zookeeper;
