//! The server that databases are made in.

use std::fmt;

use serde_json::{Value, json};

use super::connection::Connection;
use super::login::open;
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::server::Server;
use crate::isolation::wire::Processes;
use crate::launch::Databases;

/// Where commands go that concern the whole server.
const ADMIN: &str = "admin";

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Mongodb {
    databases: Databases,
    processes: Processes,
    idle: Idle<Connection>,
}

impl Server for Mongodb {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            databases: databases.clone(),
            processes,
            idle: Idle::default(),
        }
    }

    /// A database exists as soon as something is written to it; but the server must take writes, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let looked = self.with(patience, |connection| {
            if !connection.is_writable(patience)? {
                let reason = "it is not the primary of its replica set; name that one";
                return Err(Problem::new(Kind::Refused(String::new()), reason));
            }
            let list = [("listCollections", json!(1)), ("nameOnly", json!(true))];
            connection.ask(name, &list, patience)
        });
        let looked = looked.map(drop);
        looked.map_err(|problem| problem.refuses(format!("listCollections of {name}")))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let drop = [("dropDatabase", json!(1))];
        let dropped = self.with(patience, |connection| connection.ask(name, &drop, patience));
        dropped.map(|_| ())
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let list = [("listDatabases", json!(1)), ("nameOnly", json!(true))];
        let listed = self.with(patience, |connection| {
            connection.ask(ADMIN, &list, patience)
        })?;
        let listed = listed.get("databases").and_then(Value::as_array);
        let names = listed.into_iter().flatten();
        let names = names.filter_map(|database| database.get("name")?.as_str());
        Ok(names.map(Into::into).collect())
    }

    /// Each line is the name of a command, and what it is given in JSON. Afterwards the server takes writes.
    fn execute(&self, statements: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.with(patience, |connection| {
            for line in statements.lines() {
                let (name, given) = line.split_once(' ').unwrap_or((line, "1"));
                let given: Value = serde_json::from_str(given).map_err(|error| {
                    let text = format!("what `{name}` is given is not JSON: {error}");
                    Problem::new(Kind::Refused(String::new()), text)
                })?;
                connection.ask(ADMIN, &[(name, given)], patience)?;
            }
            connection.await_writable(patience)
        })
    }
}

impl Mongodb {
    fn with<T>(
        &self,
        patience: &Patience<'_>,
        work: impl Fn(&mut Connection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let open = || open(&self.databases, &self.processes, patience);
        self.idle.with(open, work)
    }
}

impl fmt::Debug for Mongodb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mongodb")
            .field("address", &self.databases.socket)
            .finish_non_exhaustive()
    }
}
