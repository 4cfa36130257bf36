//! The supported daemons.
//!
//! Each has a function that creates it with its defaults; options are methods.
//!
//! ```no_run
//! use fixtured::{Acquire, daemons};
//!
//! let redis = daemons::redis().password("s3cret").start()?;
//! println!("{}", redis.url());
//! # Ok::<(), fixtured::Error>(())
//! ```

pub(crate) mod absent;
mod address;
mod aodh;
mod aws;
mod azurite;
mod beanstalkd;
mod brand;
mod ceph;
mod ceph_conf;
mod choice;
mod clickhouse;
mod command_line;
mod configuration;
mod consul;
mod couchdb;
mod declare;
mod dnsmasq;
mod edition;
pub(crate) mod entry;
mod envoy;
mod etcd;
mod fakes3;
mod file;
mod flavor;
mod gnocchi;
mod gnocchi_storage;
mod haproxy;
mod http_url;
mod httpbin;
mod influxdb;
mod init;
mod init_data;
mod init_slot;
mod keystone;
mod libpq;
mod list;
mod login;
mod mariadbd;
mod memcached;
mod mongodb;
mod mosquitto;
mod moto;
mod mysql;
mod mysql_client;
mod mysql_server;
mod mysqld;
mod nats;
mod nginx;
mod openldap;
mod openstack;
pub(crate) mod options;
mod period;
mod postgres;
mod postgres_initdb;
mod postgres_server;
mod program;
mod program_request;
mod prometheus;
mod rabbitmq;
mod rclone;
mod resp;
mod s3;
mod s3rver;
mod scrape;
mod seaweedfs;
mod slot;
mod smtp;
mod sql;
mod swift;
mod tansu;
mod temporal;
mod tls;
mod upstream;
mod validation;
mod vault;
mod victoriametrics;
mod wiremock;
mod zookeeper;

pub use command_line::IntoCommandLine;
pub use init::Init;
pub use list::*;
pub use mysql::MysqlOrMariadb;
pub use period::Period;
pub use program::Program;
pub use resp::Resp;
pub use vault::VaultOrOpenbao;
