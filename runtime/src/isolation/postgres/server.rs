//! The server that databases are made in.

use std::fmt;

use super::connection::Connection;
use super::quote::{quoted, text};
use super::template;
use crate::isolation::idle::Idle;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Dead;
use crate::isolation::{Refused, name};
use crate::launch::{Databases, Init};

/// The database that is there to be connected to.
const MAINTENANCE: &str = "postgres";

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Postgres {
    socket: String,
    user: String,
    /// The password of the roles that are made.
    pub(super) password: String,
    /// What new databases are cloned from.
    base: String,
    /// Whether nobody else uses the server, whose data is thrown away.
    own: bool,
    dead: Dead,
    idle: Idle<Connection>,
}

impl Server for Postgres {
    fn prepare(&self, name: &str, init: &Init) -> Result<(), Refused> {
        self.make(None, name)?;
        let prepared = template::carry_out(self, name, init);
        if prepared.is_err() {
            // What is half done is of no use; what cannot be dropped goes with the server.
            let _ = self.remove(name);
        }
        prepared
    }

    /// Keeps everybody out of a database, so that it can be cloned, and ends the connections that there are.
    fn close(&self, name: &str) -> Result<(), Refused> {
        let (quoted, text) = (quoted(name), text(name));
        let close = || {
            self.execute(|_| format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS false"))?;
            let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
            self.execute(|_| format!("{others} WHERE datname = {text}"))
        };
        close().map_err(|problem| problem.refuses("close the template"))
    }

    /// Clones a database. Nobody may be connected to the template.
    fn make(&self, template: Option<&str>, name: &str) -> Result<(), Refused> {
        // Copying files is faster than writing each block to the log where nothing has to survive a crash. Version 15 made it a
        // choice; before, it was the only way.
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quoted(name),
            quoted(template.unwrap_or(&self.base))
        );
        // A server that keeps its data would write all files to the disk first.
        let made = self.execute(|version| match version {
            15.. if self.own => format!("{statement} STRATEGY FILE_COPY"),
            _ => statement.clone(),
        });
        made.map_err(|problem| problem.refuses(statement))
    }

    fn remove(&self, name: &str) -> Result<(), Problem> {
        self.execute(|_| format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
    }

    fn marked(&self, mark: &str) -> Result<Vec<String>, Problem> {
        let mark = name::short(mark);
        let query = format!("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%{mark}\\_%'");
        self.connect(MAINTENANCE)?.names(&query)
    }
}

impl Postgres {
    pub(in crate::isolation) fn new(databases: &Databases, dead: Dead) -> Self {
        Self {
            socket: databases.socket.clone(),
            user: databases.user.clone(),
            password: databases.password.clone(),
            base: databases.template.clone(),
            own: databases.mark.is_empty(),
            dead,
            idle: Idle::default(),
        }
    }

    /// Connects to a database.
    pub(super) fn connect(&self, database: &str) -> Result<Connection, Problem> {
        Connection::open(
            &self.socket,
            &self.user,
            &self.password,
            database,
            &self.dead,
        )
    }

    /// Carries out a statement that depends on the server's version.
    fn execute(&self, statement: impl Fn(u32) -> String) -> Result<(), Problem> {
        self.idle.with(
            || self.connect(MAINTENANCE),
            |connection| {
                let version = connection.version;
                connection.execute(&statement(version))
            },
        )
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
