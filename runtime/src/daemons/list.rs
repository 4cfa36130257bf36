//! The list of daemons. Everything that enumerates daemons is derived from it.

use super::entry::Entry;
use super::options::{Options, configured};
use crate::daemon::Daemon;
use crate::launch::Site;

impl Entry {
    /// Finds a daemon by any of its names.
    pub fn named(name: &str) -> Option<&'static Self> {
        all::ALL.iter().find(|entry| entry.names.contains(&name))
    }
}

/// Declares the list of daemons and a constructor function for each name.
macro_rules! daemons {
    ($($name:ident $(or $other:ident)* => $module:ident::$definition:ident;)*) => {
        $(
            pub use super::$module::$definition;

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

        /// The list, for the command line and the tests. It is not in the public documentation.
        pub(crate) mod all {
            use super::*;

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
        }
    };
}

daemons! {
    postgres or postgresql => postgres::Postgres;
    mysql => mysql::Mysql;
    mariadb => mysql::Mariadb;
    redis => resp::Redis;
    valkey => resp::Valkey;
    memcached => memcached::Memcached;
    influxdb => influxdb::Influxdb;
    etcd => etcd::Etcd;
    consul => consul::Consul;
    mongodb => mongodb::Mongodb;
    couchdb => couchdb::Couchdb;
    rabbitmq => rabbitmq::Rabbitmq;
    zookeeper => zookeeper::Zookeeper;
    keystone => keystone::Keystone;
    beanstalkd => beanstalkd::Beanstalkd;
    nats => nats::Nats;
    mosquitto => mosquitto::Mosquitto;
    nginx => nginx::Nginx;
    openldap or ldap => openldap::Openldap;
    aws => moto::Aws;
    azurite => azurite::Azurite;
    s3 => s3::S3;
    s3rver => s3rver::S3rver;
    seaweedfs => seaweedfs::Seaweedfs;
    rclone => rclone::Rclone;
    fakes3 => fakes3::Fakes3;
    httpbin => httpbin::Httpbin;
    wiremock => wiremock::Wiremock;
    smtp => smtp::Smtp;
    prometheus => prometheus::Prometheus;
    victoriametrics => victoriametrics::Victoriametrics;
    envoy => envoy::Envoy;
    haproxy => haproxy::Haproxy;
    dnsmasq => dnsmasq::Dnsmasq;
    swift => swift::Swift;
    ceph => ceph::Ceph;
    gnocchi => gnocchi::Gnocchi;
    aodh => aodh::Aodh;
    vault => vault::Vault;
    openbao => vault::Openbao;
    clickhouse => clickhouse::Clickhouse;
    temporal => temporal::Temporal;
    tansu => tansu::Tansu;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A variable that is silently ignored would be taken for one that works.
    #[test]
    fn each_uses_existing_servers_or_says_why_not() {
        for entry in all::ALL {
            let launch = (entry.launch)();
            let variable = launch.reuse.map(|reuse| reuse.variable);
            let wanted = format!("FIXTURED_{}_URL", launch.name.to_uppercase());
            assert_eq!(variable, Some(wanted));
        }
    }
}
