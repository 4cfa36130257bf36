//! What each daemon publishes, taken by the crates that Rust programs use: what a client wrote it reads back.
//!
//! A test is named after its daemon and its crate, and has its row in `docs/rust-clients.md`; `table` compares the two.

use std::error::Error;

mod aws;
mod beanstalkd;
mod clickhouse;
mod consul;
mod couchdb;
mod etcd;
mod existing;
mod heavy;
mod httpbin;
mod influxdb;
mod mariadb;
mod memcached;
mod mosquitto;
mod mysql;
mod nats;
mod nginx;
mod openbao;
mod openldap;
mod postgres;
mod redis;
mod s3;
mod s3rver;
mod smtp;
mod table;
mod valkey;
mod victoriametrics;
mod wiremock;

/// What a test returns: clients have errors of many kinds.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;
