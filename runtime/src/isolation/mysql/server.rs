//! The server that databases are made in.

use std::fmt;
use std::sync::OnceLock;

use super::connection::{Address, Connection};
use super::grants::revoke;
use super::home::Home;
use super::load::Load;
use super::quote::{quoted, text};
use super::template::Template;
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Processes;
use crate::launch::{Databases, Init};
use crate::migrations::{Dialect, Script, read};

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Mysql {
    address: Address,
    idle: Idle<Connection>,
    /// Whether the server is ours alone, and on this machine.
    is_ours: bool,
    template: OnceLock<Template>,
}

/// A query for the names of what has been made for the whole server: accounts, roles, and databases that are not named like ours.
const GLOBAL: &str = "\
    SELECT user FROM mysql.user WHERE user NOT IN ('root', 'mariadb.sys') AND user NOT LIKE 'mysql.%' \
    UNION ALL SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE 't\\_%' AND schema_name NOT IN \
    ('information_schema', 'mysql', 'performance_schema', 'sys', 'test', 'pifpaf')";

impl Server for Mysql {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: Address {
                socket: databases.socket.clone(),
                user: databases.user.clone(),
                password: databases.password.clone(),
                processes,
            },
            idle: Idle::default(),
            is_ours: databases.mark.is_empty(),
            template: OnceLock::new(),
        }
    }

    fn global(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let rows = self.with(patience, |connection| connection.query(GLOBAL, patience))?;
        Ok(rows.concat())
    }

    fn prepare(&self, name: &str, init: &Init, patience: &Patience<'_>) -> Result<(), Refused> {
        self.make(None, name, patience)?;
        let mut home = Home::new(name);
        read(init, Dialect::Mysql)?
            .iter()
            .try_for_each(|script| self.carry_out(&mut home, script, patience))
    }

    /// Reads the database that others are made like, and ends the connections that there are.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let template = self.with(patience, |connection| {
            end_connections(connection, name, patience)?;
            Template::read(connection, name, self.is_ours, patience)
        });
        let template = template.map_err(|problem| problem.refuses("read the template"))?;
        // It is closed only once.
        let _ = self.template.set(template);
        Ok(())
    }

    fn make(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let template = template.and_then(|_| self.template.get());
        let statements = match template {
            Some(template) => template.statements(name),
            None => vec![format!("CREATE DATABASE {}", quoted(name))],
        };
        let made = self.with(patience, |connection| match template {
            Some(template) if template.copy(connection, name, patience)? => Ok(()),
            _ => connection.execute_all(&statements, patience),
        });
        made.map_err(|problem| {
            let statement = statements.get(problem.done).cloned();
            problem.refuses(statement.unwrap_or_default())
        })
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.with(patience, |connection| {
            end_connections(connection, name, patience)?;
            revoke(connection, name, patience)?;
            let statement = format!("DROP DATABASE IF EXISTS {}", quoted(name));
            connection.execute(&statement, patience)
        })
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let query = "SELECT schema_name FROM information_schema.schemata";
        let rows = self.with(patience, |connection| connection.query(query, patience))?;
        Ok(rows.concat())
    }

    fn execute(&self, statements: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.with(patience, |connection| {
            connection.execute(statements, patience)
        })
    }
}

impl Mysql {
    fn with<T>(
        &self,
        patience: &Patience<'_>,
        work: impl Fn(&mut Connection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let open = || Connection::open(&self.address, patience);
        self.idle.with(open, work)
    }

    /// Runs a script over a separate connection, since it may change session settings such as the SQL mode.
    fn carry_out(
        &self,
        home: &mut Home<'_>,
        script: &Script,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let connected = Connection::for_scripts(&self.address, patience);
        let mut connection = connected.map_err(|problem| problem.refuses("connect"))?;
        let enter = format!("USE {}", quoted(home.name));
        let entered = connection.execute(&enter, patience);
        entered.map_err(|problem| problem.refuses(enter))?;
        Load::new(&mut connection, home, patience).carry_out(script)
    }
}

/// Ends the connections that are in a database: an open transaction would keep it from being dropped.
fn end_connections(
    connection: &mut Connection,
    database: &str,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    let query = format!(
        "SELECT id FROM information_schema.processlist WHERE db = {} AND id <> connection_id()",
        text(database)
    );
    for number in connection.query(&query, patience)?.iter().flatten() {
        match connection.execute(&format!("KILL {number}"), patience) {
            // It may have ended by itself.
            Err(problem) if !problem.is_of_connection() && !problem.is_early() => {}
            killed => killed?,
        }
    }
    Ok(())
}

impl fmt::Debug for Mysql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mysql")
            .field("socket", &self.address.socket)
            .finish_non_exhaustive()
    }
}
