//! The server that databases are made in.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Connection, Dead, Problem};
use super::name::{self, quoted, text};
use crate::isolation::Refused;
use crate::launch::PostgresDatabase;

/// The database that is there to be connected to.
const MAINTENANCE: &str = "postgres";

/// Drops all databases of a session from a server that goes on without it.
pub(crate) fn remove_all(database: &PostgresDatabase) {
    let server = Server::new(database, Arc::new(|| false));
    let remove = || -> Result<(), Problem> {
        let mark = &server.mark;
        let query = format!("SELECT datname FROM pg_database WHERE datname LIKE 't\\_%{mark}\\_%'");
        let all = server.connect(MAINTENANCE)?.names(&query)?;
        all.iter().try_for_each(|name| server.drop_database(name))
    };
    // A server that does not answer now will not be asked again: it may be gone for good.
    let _ = remove();
}

/// How many letters of a mark are enough.
const MARK: usize = 10;

/// How many connections are kept while nothing needs them: each is a process of the server, and one of those that tests may have.
const IDLE: usize = 8;

/// Where the server is, and connections to it that are not in use: making one takes as long as some statements.
pub(super) struct Server {
    socket: String,
    user: String,
    /// The password of the roles that are made.
    pub(super) password: String,
    /// What tells our databases from those of others; empty where there are no others.
    mark: String,
    dead: Dead,
    idle: Mutex<Vec<Connection>>,
}

impl Server {
    pub(super) fn new(database: &PostgresDatabase, dead: Dead) -> Self {
        Self {
            socket: database.socket.clone(),
            user: database.user.clone(),
            password: database.password.clone(),
            mark: database.mark.chars().take(MARK).collect(),
            dead,
            idle: Mutex::default(),
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

    /// Clones a database. Nobody may be connected to the template.
    pub(super) fn clone_database(&self, template: &str, name: &str) -> Result<(), Refused> {
        // Copying files is faster than writing each block to the log where nothing has to survive a crash. Version 15 made it a
        // choice; before, it was the only way.
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quoted(name),
            quoted(template)
        );
        // A server that keeps its data would write all files to the disk first.
        let own = self.mark.is_empty();
        self.execute(|version| match version {
            15.. if own => format!("{statement} STRATEGY FILE_COPY"),
            _ => statement.clone(),
        })
        .map_err(|problem| Refused {
            statement: statement.clone(),
            reason: problem.to_string(),
        })
    }

    /// A name that no other database has, which people recognise the test by.
    pub(super) fn name(&self, test: &str) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mark = &self.mark;
        let between = if mark.is_empty() { "" } else { "_" };
        name::of_test(test, &format!("{mark}{between}{number}"))
    }

    /// Drops a database, whoever is still connected to it.
    pub(super) fn drop_database(&self, name: &str) -> Result<(), Problem> {
        self.execute(|_| format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name)))
    }

    /// Keeps everybody out of a database, so that it can be cloned, and ends the connections that there are.
    pub(super) fn close_database(&self, name: &str) -> Result<(), Problem> {
        let (quoted, text) = (quoted(name), text(name));
        self.execute(|_| format!("ALTER DATABASE {quoted} ALLOW_CONNECTIONS false"))?;
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity";
        self.execute(|_| format!("{others} WHERE datname = {text}"))
    }

    /// Carries out a statement that depends on the server's version.
    fn execute(&self, statement: impl Fn(u32) -> String) -> Result<(), Problem> {
        let idle = self.lock().pop();
        if let Some(connection) = idle {
            match self.execute_over(connection, &statement) {
                // A test may have ended it, or a setting, or a crash of another process of the server; the others are no better then.
                Err(problem) if problem.disconnected => self.lock().clear(),
                done => return done,
            }
        }
        self.execute_over(self.connect(MAINTENANCE)?, &statement)
    }

    /// Carries out a statement, and keeps the connection for the next if it is still good.
    fn execute_over(
        &self,
        mut connection: Connection,
        statement: &impl Fn(u32) -> String,
    ) -> Result<(), Problem> {
        let version = connection.version;
        connection.execute(&statement(version))?;
        let mut idle = self.lock();
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
