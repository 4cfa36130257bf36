//! The server that databases are made in.

use std::fmt;
use std::sync::OnceLock;

use super::address::Address;
use super::connection::Connection;
use super::password;
use super::properties::Properties;
use super::quote::{quoted, text};
use super::template::Preparation;
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::isolation::server::{Exchange, Server};
use crate::isolation::wire::Processes;
use crate::launch::{Databases, Init};
use crate::migrations::{Dialect, read};

/// The database that is there to be connected to.
const MAINTENANCE: &str = "postgres";

/// The code of the error that there is no such database.
const ABSENT: &str = "3D000";

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
    pub(super) address: Address,
    /// What new databases are cloned from.
    base: String,
    /// Whether the server is ours alone, and its data is discarded at the end.
    own: bool,
    /// What clones of the template are given, once there is a template.
    properties: OnceLock<Properties>,
    idle: Idle<Connection>,
}

impl Server for Postgres {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: Address {
                socket: databases.socket.clone(),
                user: databases.user.clone(),
                password: databases.password.clone(),
                tls: databases.tls.clone(),
                processes,
            },
            base: databases.template.clone(),
            own: databases.mark.is_empty(),
            properties: OnceLock::new(),
            idle: Idle::default(),
        }
    }

    fn global(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        self.connect(MAINTENANCE, patience)?.texts(GLOBAL, patience)
    }

    fn prepare(&self, name: &str, init: &Init, patience: &Patience<'_>) -> Result<(), Refused> {
        let scripts = read(init, Dialect::Postgres)?;
        let mut preparation = Preparation::new(init, &scripts, self.own);
        for role in &init.roles {
            self.role(role, patience)?;
        }
        loop {
            self.make(None, name, patience)?;
            let connected = self.connect(name, patience);
            let mut connection = connected.map_err(|problem| problem.refuses("connect"))?;
            if preparation.carry_out(&mut connection, name, patience)? {
                return Ok(());
            }
            drop(connection);
            let removed = self.remove(name, patience);
            removed.map_err(|problem| problem.refuses("drop the template"))?;
        }
    }

    /// Allows no connections to a database, so that it can be cloned, and ends the existing ones.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let shut = self.shut(name, patience);
        shut.map_err(|problem| problem.refuses("close the template"))?;
        let read = self.with(patience, |connection| {
            Properties::read(connection, name, patience)
        });
        let properties = read.map_err(|problem| problem.refuses("read the template"))?;
        // It is closed only once.
        let _ = self.properties.set(properties);
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
        let properties = template.and_then(|_| self.properties.get());
        let properties = properties.map_or_else(Vec::new, |properties| properties.of(name));
        let made = match properties.is_empty() {
            true => self.by_version(versioned, patience),
            false => self.with(patience, |connection| {
                let create = versioned(connection.version);
                connection.execute_all(&[&create, &properties.join("; ")], patience)
            }),
        };
        made.map_err(|problem| {
            let number = problem.done.checked_sub(1);
            let failed = number.and_then(|number| properties.get(number));
            problem.refuses(failed.unwrap_or(&statement))
        })
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.insist(&statement, name, patience)
    }

    fn exchanging(&self) -> Option<&dyn Exchange> {
        Some(self)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let query = "SELECT datname FROM pg_database";
        self.connect(MAINTENANCE, patience)?.texts(query, patience)
    }

    fn execute(&self, statements: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let statements = |version| format!("{}; {statements}", password::quick(version));
        self.by_version(statements, patience)
    }
}

impl Exchange for Postgres {
    fn exchange(&self, name: &str, other: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let rename = |from: &str, to: &str| {
            format!("ALTER DATABASE {} RENAME TO {}", quoted(from), quoted(to))
        };
        let (taking, between) = (rename(other, name), format!("{other}_"));
        let exchange = [
            rename(name, &between),
            taking.clone(),
            rename(&between, other),
        ]
        .join("; ");
        let shut = self.vacate(name, patience);
        let exchanged = shut.and_then(|()| self.insist(&exchange, name, patience));
        let exchanged = match exchanged {
            Err(problem) if problem.has_code(ABSENT) => {
                self.by_version(|_| taking.clone(), patience)
            }
            exchanged => exchanged,
        };
        exchanged.map_err(|problem| problem.refuses(&*taking))
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

    /// Does something over a connection to the database that is there for it.
    pub(super) fn with<T>(
        &self,
        patience: &Patience<'_>,
        work: impl Fn(&mut Connection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.idle.with(|| self.connect(MAINTENANCE, patience), work)
    }

    /// Executes a statement that depends on the server's version.
    pub(super) fn by_version(
        &self,
        statement: impl Fn(u32) -> String,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        self.with(patience, |connection| {
            let version = connection.version;
            connection.execute(&statement(version), patience)
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("socket", &self.address.socket)
            .finish_non_exhaustive()
    }
}
