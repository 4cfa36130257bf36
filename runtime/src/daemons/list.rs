//! The list of daemons, from which everything that speaks of all of them is derived.

use super::options::configured;
use super::*;
use crate::daemon::Daemon;
use crate::launch::{Launch, Site};

/// One daemon of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its names; the first is the usual one.
    pub names: &'static [&'static str],
    /// What it is, in a line.
    pub about: &'static str,
    /// What it launches without any options.
    pub launch: fn() -> Launch,
    /// Its options.
    pub options: fn() -> Vec<About>,
    /// What it launches with these options, each a name and its value, which for a switch is empty.
    pub configured: Configured,
}

/// Makes a launch of options, each a name and its value; or says what is wrong with them.
pub type Configured = fn(&[(&str, &str)]) -> Result<Launch, String>;

impl Entry {
    /// Its usual name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The daemon of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|entry| entry.names.contains(&name))
    }
}

/// Makes the functions by which daemons are named, and the list of them.
macro_rules! daemons {
    ($($name:ident $(or $other:ident)* => $definition:ident, $about:literal;)*) => {
        $(
            #[doc = concat!($about, " See [`", stringify!($definition), "`].")]
            pub fn $name() -> $definition {
                $definition::default()
            }
            $(
                #[doc = concat!("The same as [`", stringify!($name), "`].")]
                pub fn $other() -> $definition {
                    $definition::default()
                }
            )*
        )*

        /// All daemons.
        pub const ALL: &[Entry] = &[$(Entry {
            names: &[stringify!($name) $(, stringify!($other))*],
            about: $about,
            launch: || $definition::default().launch(Site::symbolic()),
            options: || <$definition>::OPTIONS.iter().map(|option| option.about).collect(),
            configured: |options| {
                Ok(configured::<$definition>(options)?.launch(Site::symbolic()))
            },
        },)*];
    };
}

daemons! {
    postgres or postgresql => Postgres, "PostgreSQL, one server for all tests and a database for each.";
    mysql or mariadb => Mysql, "MariaDB, one server for all tests and a database for each.";
    redis => Redis, "Redis, a server for each test.";
    valkey => Valkey, "Valkey, a server for each test.";
    memcached => Memcached, "Memcached, a server for each test.";
    influxdb => Influxdb, "InfluxDB 1, a server for each test.";
    etcd => Etcd, "etcd, a server or a cluster of three for each test.";
    consul => Consul, "Consul, one server for all tests and a prefix for each.";
    rabbitmq => Rabbitmq, "RabbitMQ, one broker for all tests and a virtual host for each; or a cluster of three nodes.";
    zookeeper => Zookeeper, "ZooKeeper, one server for all tests and a root for each.";
    keystone => Keystone, "Keystone, one server for all tests and a prefix for each.";
    nats => Nats, "NATS, a server for each test.";
    mosquitto => Mosquitto, "Mosquitto (MQTT), a server for each test.";
    nginx => Nginx, "nginx, a server for each test.";
    openldap or ldap => Openldap, "OpenLDAP, a server for each test.";
    s3 => S3, "S3, a server for each test.";
    s3rver => S3rver, "S3rver, one server for all tests and a prefix for each.";
    httpbin => Httpbin, "httpbin, one server for all tests.";
    swift => Swift, "Swift, the same servers for all tests and an account for each.";
    ceph => Ceph, "Ceph, one cluster for all tests and a namespace for each.";
    gnocchi => Gnocchi, "Gnocchi, one server for all tests and a prefix for each.";
    aodh => Aodh, "Aodh, one server for all tests and a prefix for each.";
}
