//! What a pool of databases asks of a server.

use std::fmt;

use super::problem::Problem;
use super::wire::Dead;
use super::{Refused, mysql, postgres, zookeeper};
use crate::launch::{Databases, Init, Protocol};

/// A server that databases are made in: one strategy for each protocol.
pub(super) trait Server: fmt::Debug + Send + Sync {
    /// Makes a database and carries out what tests are to find done in theirs. It stays open for the test's own code.
    fn prepare(&self, name: &str, init: &Init) -> Result<(), Refused>;

    /// Has others be made from a database that was prepared: from now on nobody changes it.
    fn close(&self, name: &str) -> Result<(), Refused>;

    /// Makes a database like the one that was prepared, or a new one where none was.
    fn make(&self, template: Option<&str>, name: &str) -> Result<(), Refused>;

    /// Drops a database, whoever is still connected to it.
    fn remove(&self, name: &str) -> Result<(), Problem>;

    /// The databases whose names have this mark.
    fn marked(&self, mark: &str) -> Result<Vec<String>, Problem>;
}

/// The server that speaks this protocol, as long as it is not `dead`.
pub(super) fn server(databases: &Databases, dead: Dead) -> Box<dyn Server> {
    match databases.protocol {
        Protocol::Postgres => Box::new(postgres::Postgres::new(databases, dead)),
        Protocol::Mysql => Box::new(mysql::Mysql::new(databases, dead)),
        Protocol::Zookeeper => Box::new(zookeeper::Zookeeper::new(databases, dead)),
    }
}
