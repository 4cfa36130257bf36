//! The protocols of servers in which databases are created.

use serde::{Deserialize, Serialize};

/// The list of protocols: each with the module of `isolation` that speaks it.
macro_rules! protocols {
    ($use:ident) => {
        $use! {
            /// PostgreSQL, version 3.
            Postgres in postgres,
            /// MySQL and MariaDB.
            Mysql in mysql,
            /// ZooKeeper, where a database is a top-level node with its descendants.
            Zookeeper in zookeeper,
            /// Redis and Valkey, where a database is one of those with a number.
            Redis in redis,
            /// etcd, where a database is a prefix of keys.
            Etcd in etcd,
            /// Consul, where a database is a prefix of keys and of services' names.
            Consul in consul,
            /// InfluxDB 1.
            Influxdb in influxdb,
            /// The management API of RabbitMQ, where a database is a virtual host.
            Rabbitmq in rabbitmq,
            /// AWS as a server of ours has it, where a database is an account.
            Aws in aws,
            /// SeaweedFS, where a database is a bucket.
            Seaweedfs in seaweedfs,
            /// The API of Vault, where a database is a mount of secrets.
            Vault in vault,
            /// The API of OpenBao, where a database is a namespace.
            Openbao in openbao,
            /// The HTTP interface of ClickHouse.
            Clickhouse in clickhouse,
            /// The HTTP API of Temporal, where a database is a namespace.
            Temporal in temporal,
            /// The HTTP API of CouchDB.
            Couchdb in couchdb,
            /// MongoDB, version 4.4 and later.
            Mongodb in mongodb,
            /// The administration API of WireMock, where a database is the start of the paths of stubs.
            Wiremock in wiremock,
            /// The API of MailDev, where a database is a mail domain.
            Maildev in maildev,
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $protocol:ident in $module:ident,)*) => {
        /// The protocol of a server in which databases are created.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Protocol {
            $($(#[$doc])* $protocol,)*
        }

        impl Protocol {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$protocol,)*];
        }
    };
}

protocols!(declare);

pub(crate) use protocols;
