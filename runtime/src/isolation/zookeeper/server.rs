//! The server that nodes are made in.

use std::fmt;
use std::time::Duration;

use super::connection::{Connection, Deleted};
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Processes;
use crate::launch::Databases;

/// How long deleting one test's nodes may take: a client may keep creating new ones.
const REMOVAL: Duration = Duration::from_secs(10);

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Zookeeper {
    address: String,
    processes: Processes,
    idle: Idle<Connection>,
}

impl Server for Zookeeper {
    fn part() -> &'static str {
        "node"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: databases.socket.clone(),
            processes,
            idle: Idle::default(),
        }
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let path = format!("/{name}");
        let made = self.with(patience, |connection| connection.create(&path, patience));
        made.map_err(|problem| problem.refuses(format!("create {path}")))
    }

    /// Nodes that only the test itself may delete stay.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let patience = &patience.within(REMOVAL);
        self.with(patience, |connection| {
            let mut left = vec![format!("/{name}")];
            while let Some(path) = left.last().cloned() {
                match connection.delete(&path, patience)? {
                    Deleted::Gone => drop(left.pop()),
                    Deleted::HasChildren => {
                        let children = connection.children(&path, patience)?;
                        left.extend(children.iter().map(|child| format!("{path}/{child}")));
                    }
                }
            }
            Ok(())
        })
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        self.with(patience, |connection| connection.children("/", patience))
    }
}

impl Zookeeper {
    fn with<T>(
        &self,
        patience: &Patience<'_>,
        work: impl Fn(&mut Connection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let open = || Connection::open(&self.address, &self.processes, patience);
        self.idle.with(open, work)
    }
}

impl fmt::Debug for Zookeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zookeeper")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
