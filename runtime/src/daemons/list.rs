//! The list of daemons, from which everything that speaks of all of them is derived.

use super::options::{Options, configured};
use super::*;
use crate::daemon::Daemon;
use crate::launch::{Launch, Site};

/// One daemon of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its names; the first is the usual one.
    pub names: &'static [&'static str],
    /// What it is called in prose.
    pub title: &'static str,
    /// What each test gets.
    pub gets: &'static str,
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

    /// What it is, in a line.
    pub fn about(&self) -> String {
        format!("{}: each test gets {}", self.title, self.gets)
    }

    /// The daemon of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|entry| entry.names.contains(&name))
    }
}

/// Makes the functions by which daemons are named, and the list of them.
macro_rules! daemons {
    ($($name:ident $(or $other:ident)* => $definition:ident;)*) => {
        $(
            #[doc = concat!("[`", stringify!($definition), "`] with its defaults.")]
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
            title: <$definition>::TITLE,
            gets: <$definition>::GETS,
            launch: || $definition::default().launch(Site::symbolic()),
            options: || <$definition>::options().into_iter().map(|option| option.about).collect(),
            configured: |options| {
                let launch = configured::<$definition>(options)?.launch(Site::symbolic());
                launch.invalid.clone().map_or(Ok(launch), Err)
            },
        },)*];
    };
}

daemons! {
    postgres or postgresql => Postgres;
    mysql or mariadb => Mysql;
    redis => Redis;
    valkey => Valkey;
    memcached => Memcached;
    influxdb => Influxdb;
    etcd => Etcd;
    consul => Consul;
    rabbitmq => Rabbitmq;
    zookeeper => Zookeeper;
    keystone => Keystone;
    nats => Nats;
    mosquitto => Mosquitto;
    nginx => Nginx;
    openldap or ldap => Openldap;
    s3 => S3;
    s3rver => S3rver;
    httpbin => Httpbin;
    swift => Swift;
    ceph => Ceph;
    gnocchi => Gnocchi;
    aodh => Aodh;
}
