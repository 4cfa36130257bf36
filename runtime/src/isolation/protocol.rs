//! Which server speaks which protocol.

use super::server::Server;
use super::wire::Processes;
use super::{
    aws, clickhouse, consul, couchdb, etcd, influxdb, maildev, mongodb, mysql, openbao, postgres,
    rabbitmq, redis, seaweedfs, temporal, vault, wiremock, zookeeper,
};
use crate::launch::{Databases, Protocol, protocols};

/// Chooses by protocol.
macro_rules! choose {
    ($($(#[$doc:meta])* $protocol:ident in $module:ident,)*) => {
        /// The server that speaks this protocol, in these processes of ours.
        pub(super) fn server(databases: &Databases, processes: Processes) -> Box<dyn Server> {
            match databases.protocol {
                $(Protocol::$protocol => {
                    Box::new(<$module::$protocol as Server>::new(databases, processes))
                })*
            }
        }

        /// What a test is given by a server that speaks this protocol, as messages call it.
        pub(super) fn part(protocol: Protocol) -> &'static str {
            match protocol {
                $(Protocol::$protocol => <$module::$protocol as Server>::part(),)*
            }
        }
    };
}

protocols!(choose);

#[cfg(test)]
mod tests;
