//! The server that databases are made in.

use std::fmt;
use std::sync::OnceLock;

use super::connection::{Address, Connection};
use super::quote::{quoted, text};
use super::recipe::Recipe;
use super::script::{Part, parts};
use crate::error::{Doing, Reason, Refused};
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
    /// How databases are made like the one that was prepared.
    recipe: OnceLock<Recipe>,
}

/// Where a connection is that is in no database of a test, whose end would be its own.
const ELSEWHERE: &str = "USE information_schema";

/// A query for the names of what has been made for the whole server: accounts, roles, and databases that are not named like ours.
const GLOBAL: &str = "\
    SELECT user FROM mysql.user WHERE user NOT IN ('root', 'mariadb.sys') AND user NOT LIKE 'mysql.%' \
    UNION ALL SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT LIKE 't\\_%' AND schema_name NOT IN \
    ('information_schema', 'mysql', 'performance_schema', 'sys', 'test', 'pifpaf')";

/// That a text has no statement in it.
const EMPTY: &str = "1065";

impl Server for Mysql {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: Address {
                socket: databases.socket.clone(),
                user: databases.user.clone(),
                processes,
            },
            idle: Idle::default(),
            recipe: OnceLock::new(),
        }
    }

    fn global(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let rows = self.with(patience, |connection| connection.query(GLOBAL, patience))?;
        Ok(rows.concat())
    }

    fn prepare(&self, name: &str, init: &Init, patience: &Patience<'_>) -> Result<(), Refused> {
        self.make(None, name, patience)?;
        read(init, Dialect::Mysql)?
            .iter()
            .try_for_each(|script| self.carry_out(name, script, patience))
    }

    /// Reads the database, whose rows others are copied from, and ends the connections that there are.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let recipe = self.with(patience, |connection| {
            end_connections(connection, name, patience)?;
            let recipe = Recipe::read(connection, name, patience)?;
            connection.execute(ELSEWHERE, patience)?;
            Ok(recipe)
        });
        let recipe = recipe.map_err(|problem| problem.refuses("read the template"))?;
        // It is closed only once.
        let _ = self.recipe.set(recipe);
        Ok(())
    }

    fn make(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let recipe = template.and_then(|_| self.recipe.get());
        let characters = recipe.map_or("", |recipe| &recipe.characters);
        let mut statements = vec![format!("CREATE DATABASE {} {characters}", quoted(name))];
        if let Some(recipe) = recipe {
            statements.push(format!("USE {}", quoted(name)));
            statements.extend(recipe.statements.iter().cloned());
            statements.push(ELSEWHERE.into());
        }
        let all = statements.join(";\n");
        let made = self.with(patience, |connection| connection.execute(&all, patience));
        made.map_err(|problem| {
            let statement = statements.get(problem.done).cloned();
            problem.refuses(statement.unwrap_or_default())
        })
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.with(patience, |connection| {
            end_connections(connection, name, patience)?;
            let statement = format!("DROP DATABASE IF EXISTS {}", quoted(name));
            connection.execute(&statement, patience)
        })
    }

    fn marked(&self, mark: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let pattern = text(&format!("t\\_%{mark}\\_%"));
        let query = format!(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE {pattern}"
        );
        let rows = self.with(patience, |connection| connection.query(&query, patience))?;
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
        database: &str,
        script: &Script,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let connected = Connection::for_scripts(&self.address, patience);
        let mut connection = connected.map_err(|problem| problem.refuses("connect"))?;
        let enter = format!("USE {}", quoted(database));
        let entered = connection.execute(&enter, patience);
        entered.map_err(|problem| problem.refuses(enter))?;
        let failed = |part: &Part<'_>, number| {
            let (line, statement) = part
                .statement(number)
                .unwrap_or((part.last_line(), "the end of the script".into()));
            Doing::Migration {
                file: script.file.clone(),
                line: script.line + line - 1,
                statement,
            }
        };
        let parts = parts(&script.text);
        for part in &parts {
            match connection.execute(part.text, patience) {
                // What follows the last statement is a comment.
                Err(problem)
                    if problem.has_code(EMPTY) && part.statement(problem.done).is_none() => {}
                Err(problem) => return Err(problem.stops(failed(part, problem.done))),
                Ok(()) => {}
            }
        }
        match parts.last() {
            // What is not committed would be lost without a word.
            Some(last) if connection.in_transaction => Err(Refused {
                doing: failed(last, usize::MAX),
                reason: Reason::Said("it leaves a transaction open, which would be lost".into()),
            }),
            _ => Ok(()),
        }
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
