//! The server that nodes are made in.

use std::fmt;
use std::time::Duration;

use super::connection::{Connection, Deleted};
use crate::deadline::Deadline;
use crate::isolation::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Dead;
use crate::launch::{Databases, Init};

/// How long deleting one test's nodes may take: somebody may go on making new ones.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Zookeeper {
    address: String,
    dead: Dead,
    idle: Idle<Connection>,
}

impl Server for Zookeeper {
    /// There is nothing that tests could find done in theirs.
    fn prepare(&self, name: &str, _init: &Init) -> Result<(), Refused> {
        self.make(None, name)
    }

    fn close(&self, _name: &str) -> Result<(), Refused> {
        Ok(())
    }

    fn make(&self, _template: Option<&str>, name: &str) -> Result<(), Refused> {
        let path = format!("/{name}");
        let made = self.with(|connection| connection.create(&path));
        made.map_err(|problem| problem.refuses(format!("create {path}")))
    }

    /// Nodes that the test lets nobody else delete stay.
    fn remove(&self, name: &str) -> Result<(), Problem> {
        let until = Deadline::after(PATIENCE);
        self.with(|connection| {
            let mut left = vec![format!("/{name}")];
            while let Some(path) = left.last().cloned() {
                match connection.delete(&path)? {
                    Deleted::Gone => drop(left.pop()),
                    Deleted::HasChildren if until.has_passed() => {
                        return Err(Problem {
                            text: format!("{path} had children again and again"),
                            ..Problem::default()
                        });
                    }
                    Deleted::HasChildren => {
                        let children = connection.children(&path)?;
                        left.extend(children.iter().map(|child| format!("{path}/{child}")));
                    }
                }
            }
            Ok(())
        })
    }

    fn marked(&self, mark: &str) -> Result<Vec<String>, Problem> {
        let mark = format!("_{mark}_");
        let mut names = self.with(|connection| connection.children("/"))?;
        names.retain(|name| name.starts_with("t_") && name.contains(&mark));
        Ok(names)
    }
}

impl Zookeeper {
    pub(in crate::isolation) fn new(databases: &Databases, dead: Dead) -> Self {
        Self {
            address: databases.socket.clone(),
            dead,
            idle: Idle::default(),
        }
    }

    fn with<T>(&self, work: impl Fn(&mut Connection) -> Result<T, Problem>) -> Result<T, Problem> {
        self.idle
            .with(|| Connection::open(&self.address, &self.dead), work)
    }
}

impl fmt::Debug for Zookeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zookeeper")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
