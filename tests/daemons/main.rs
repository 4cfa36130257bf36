//! The daemons of the list, one module each, by a client that is not ours: what it wrote it reads back, tests are kept apart, options do
//! what they say.
//!
//! A new daemon's test belongs here, under the daemon's name. What holds for every daemon is in `every_daemon.rs`, and what its definition
//! launches in `project/definitions.rs`.

mod amqp;
mod aodh;
mod aws;
mod azurite;
mod beanstalkd;
mod ceph;
mod clickhouse;
mod composite;
mod consul;
mod couchdb;
mod dnsmasq;
mod envoy;
mod etcd;
mod etcd_newer;
mod fakes3;
mod gnocchi;
mod haproxy;
mod httpbin;
mod influxdb;
mod keystone;
mod mariadb;
mod memcached;
mod mongodb;
mod mosquitto;
mod mysql;
mod nats;
mod nats_newer;
mod nginx;
mod openbao;
mod openldap;
mod postgres;
mod postgres_locale;
mod prometheus;
mod rabbitmq;
mod rclone;
mod redis;
mod s3;
mod s3rver;
mod seaweedfs;
mod smtp;
mod stand_in;
mod swift;
mod tansu;
mod temporal;
mod text;
mod victoriametrics;
mod wiremock;
mod zookeeper;
