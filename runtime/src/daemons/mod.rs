//! The daemons: one definition a file.
//!
//! Each is made by a function of its name; its options are methods.
//!
//! ```no_run
//! use fixtured::{Acquire, daemons};
//!
//! let redis = daemons::redis().password("s3cret").start()?;
//! println!("{}", redis.url());
//! # Ok::<(), fixtured::Error>(())
//! ```

mod address;
mod aodh;
mod aws;
mod brand;
mod ceph;
mod ceph_conf;
mod choice;
mod command_line;
mod consul;
mod declare;
pub(crate) mod entry;
mod etcd;
mod file;
mod gnocchi;
mod gnocchi_storage;
mod httpbin;
mod influxdb;
mod init;
mod keystone;
mod list;
mod login;
mod memcached;
mod mosquitto;
mod mysql;
mod nats;
mod nginx;
mod openldap;
mod openstack;
pub(crate) mod options;
mod period;
mod postgres;
mod program;
mod program_request;
mod rabbitmq;
mod resp;
mod s3;
mod s3rver;
mod scripts;
mod slot;
mod sql;
mod swift;
mod validation;
mod zookeeper;

pub use aodh::Aodh;
pub use ceph::Ceph;
pub use command_line::IntoCommandLine;
pub use consul::Consul;
pub use etcd::Etcd;
pub use gnocchi::Gnocchi;
pub use httpbin::Httpbin;
pub use influxdb::Influxdb;
pub use init::Init;
pub use keystone::Keystone;
pub use list::*;
pub use memcached::Memcached;
pub use mosquitto::Mosquitto;
pub use mysql::Mysql;
pub use nats::Nats;
pub use nginx::Nginx;
pub use openldap::Openldap;
pub use period::Period;
pub use postgres::Postgres;
pub use program::Program;
pub use rabbitmq::Rabbitmq;
pub use resp::{Redis, Resp, Valkey};
pub use s3::S3;
pub use s3rver::S3rver;
pub use swift::Swift;
pub use zookeeper::Zookeeper;
