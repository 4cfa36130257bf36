//! What servers speak in which databases are made.

use serde::{Deserialize, Serialize};

/// The list of protocols: each with the module of `isolation` that speaks it.
macro_rules! protocols {
    ($use:ident) => {
        $use! {
            /// PostgreSQL's, version 3.
            Postgres in postgres,
            /// That of MySQL and MariaDB.
            Mysql in mysql,
            /// That of ZooKeeper, where a database is a node at the top, with all that is below it.
            Zookeeper in zookeeper,
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $protocol:ident in $module:ident,)*) => {
        /// What a server speaks in which databases are made.
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
