//! What each test gets inside a shared instance: one strategy per file.
//!
//! To add a protocol in which databases are made, write a file or directory for it, `memory/` say, with a type `Memory` that implements
//! `Server` (`server.rs`), and add `Memory in memory` to the list in `launch/protocol.rs`. `wire.rs` connects and waits, `idle.rs` keeps
//! connections, `problem.rs` says what went wrong. The tests of `protocol.rs` apply to every protocol in the list.

mod isolated;
mod lent;
mod pool;
mod preparations;
mod protocol;
mod server;

mod aws;
mod clickhouse;
mod consul;
mod couchdb;
mod etcd;
mod influxdb;
mod maildev;
mod mongodb;
mod mysql;
mod openbao;
mod postgres;
mod rabbitmq;
mod redis;
mod seaweedfs;
mod temporal;
mod vault;
mod wiremock;
mod zookeeper;

mod channel;
mod connect;
mod encryption;
mod excerpt;
mod http;
mod idle;
mod name;
mod patience;
mod problem;
mod scram;
mod wire;

pub(crate) use isolated::{Isolated, Parts, Preparation, Taken, execute, load, part, remove_parts};
pub(crate) use patience::Patience;
pub(crate) use preparations::Preparations;
pub(crate) use wire::{Process, Processes};
