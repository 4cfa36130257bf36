//! What a pool of databases asks of a server.

use std::fmt;

use super::patience::Patience;
use super::problem::Problem;
use super::wire::Processes;
use super::{mysql, postgres, zookeeper};
use crate::error::Refused;
use crate::launch::{Databases, Init, Protocol};

/// A server that databases are made in: one strategy for each protocol. Nothing in it takes longer than there is patience, but for the
/// half second in which the server is told to end what it is doing.
pub(super) trait Server: fmt::Debug + Send + Sync {
    /// Makes a database and carries out what tests are to find done in theirs. It stays open for the test's own code.
    fn prepare(&self, name: &str, init: &Init, patience: &Patience<'_>) -> Result<(), Refused>;

    /// Has others be made from a database that was prepared: from now on nobody changes it.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused>;

    /// Makes a database like the one that was prepared, or a new one where none was.
    fn make(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused>;

    /// Drops a database, if it is there, whoever is still connected to it.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem>;

    /// The databases whose names have this mark.
    fn marked(&self, mark: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem>;
}

/// The server that speaks this protocol, in these processes of ours.
pub(super) fn server(databases: &Databases, processes: Processes) -> Box<dyn Server> {
    match databases.protocol {
        Protocol::Postgres => Box::new(postgres::Postgres::new(databases, processes)),
        Protocol::Mysql => Box::new(mysql::Mysql::new(databases, processes)),
        Protocol::Zookeeper => Box::new(zookeeper::Zookeeper::new(databases, processes)),
    }
}

#[cfg(test)]
mod tests;
