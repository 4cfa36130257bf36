//! What each daemon publishes, taken by the crates that Rust programs use: what a client wrote it reads back.
//!
//! A test is named after its daemon and its crate, and has its row in `docs/rust-clients.md`; `table` compares the two.

use std::error::Error;

mod beanstalkd;
mod consul;
mod etcd;
mod heavy;
mod httpbin;
mod influxdb;
mod mariadb;
mod memcached;
mod mosquitto;
mod mysql;
mod nats;
mod nginx;
mod openldap;
mod postgres;
mod redis;
mod s3;
mod s3rver;
mod table;
mod valkey;

/// What a test returns: clients have errors of many kinds.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;
