//! The server that databases are made in.

use std::fmt;

use super::connection::{Address, Connection};
use super::password;
use super::quote::{quoted, text};
use super::template;
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::name;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Processes;
use crate::launch::{Databases, Init};

/// The database that is there to be connected to.
const MAINTENANCE: &str = "postgres";

/// Takes a lock for creating roles. Roles belong to the whole server, so two connections that create the same role would collide.
const ALONE: &str = "SELECT pg_advisory_xact_lock(hashtext('fixtured: roles'))";

/// A query for the names of what has been made for the whole server. From this number on, objects are not those of the installation; our
/// own databases are named like those of tests.
const GLOBAL: &str = "\
    SELECT rolname FROM pg_roles WHERE oid >= 16384 \
    UNION ALL SELECT spcname FROM pg_tablespace WHERE oid >= 16384 \
    UNION ALL SELECT datname FROM pg_database WHERE oid >= 16384 AND datname NOT LIKE 't\\_%' \
    UNION ALL SELECT 'settings of roles' FROM pg_db_role_setting WHERE setdatabase = 0 \
    UNION ALL SELECT name FROM pg_file_settings WHERE sourcefile LIKE '%/postgresql.auto.conf'";

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Postgres {
    /// Its password is that of the roles that are made, too.
    address: Address,
    /// What new databases are cloned from.
    base: String,
    /// Whether the server is ours alone, and its data is discarded at the end.
    own: bool,
    idle: Idle<Connection>,
}

impl Server for Postgres {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: Address {
                socket: databases.socket.clone(),
                user: databases.user.clone(),
                password: databases.password.clone(),
                processes,
            },
            base: databases.template.clone(),
            own: databases.mark.is_empty(),
            idle: Idle::default(),
        }
    }

    fn global(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        self.connect(MAINTENANCE, patience)?.names(GLOBAL, patience)
    }

    fn prepare(&self, name: &str, init: &Init, patience: &Patience<'_>) -> Result<(), Refused> {
        self.make(None, name, patience)?;
        for role in &init.roles {
            self.role(role, patience)?;
        }
        let connected = self.connect(name, patience);
        let mut connection = connected.map_err(|problem| problem.refuses("connect"))?;
        template::carry_out(&mut connection, init, patience)
    }

    /// Allows no connections to a database, so that it can be cloned, and ends the existing ones.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let (quoted, text) = (quoted(name), text(name));
        let forbid = format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS false");
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
        let end = format!("{others} WHERE datname = {text}");
        for statement in [forbid, end] {
            let done = self.by_version(|_| statement.clone(), patience);
            done.map_err(|problem| problem.refuses(statement))?;
        }
        Ok(())
    }

    /// Clones a database. Nobody may be connected to the template.
    fn make(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        // Copying files is faster than writing each block to the log where nothing has to survive a crash. Version 15 made it a
        // choice; before, it was the only way.
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quoted(name),
            quoted(template.unwrap_or(&self.base))
        );
        // A server that keeps its data would write all files to the disk first.
        let versioned = |version| match version {
            15.. if self.own => format!("{statement} STRATEGY FILE_COPY"),
            _ => statement.clone(),
        };
        let made = self.by_version(versioned, patience);
        made.map_err(|problem| problem.refuses(&*statement))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.by_version(|_| statement.clone(), patience)
    }

    fn marked(&self, mark: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let mark = name::short(mark);
        let query = format!("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%{mark}\\_%'");
        self.connect(MAINTENANCE, patience)?.names(&query, patience)
    }

    fn execute(&self, statements: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let statements = |version| format!("{}; {statements}", password::quick(version));
        self.by_version(statements, patience)
    }
}

impl Postgres {
    fn connect(&self, database: &str, patience: &Patience<'_>) -> Result<Connection, Problem> {
        Connection::open(&self.address, database, patience)
    }

    /// Makes a role that can log in, if there is none of this name.
    fn role(&self, role: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let (name, named) = (quoted(role), text(role));
        let shown = format!("CREATE ROLE {name} LOGIN");
        let make = format!(
            "DO $fixtured$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {named}) THEN {shown}; END IF; END $fixtured$"
        );
        // The server logs statements that fail, so what may well fail does not hold the password.
        let password = password::statement(role, &self.address.password);
        let made = self.by_version(|_| format!("{ALONE}; {make}"), patience);
        made.map_err(|problem| problem.refuses(&*shown))?;
        let set = self.execute(&format!("{ALONE}; {password}"), patience);
        set.map_err(|problem| problem.refuses(&*shown))
    }

    /// Executes a statement that depends on the server's version.
    fn by_version(
        &self,
        statement: impl Fn(u32) -> String,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.idle.with(
            || self.connect(MAINTENANCE, patience),
            |connection| {
                let version = connection.version;
                connection.execute(&statement(version), patience)
            },
        )
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("socket", &self.address.socket)
            .finish_non_exhaustive()
    }
}
