//! The server that databases are made in.

use std::fmt;
use std::sync::OnceLock;

use super::connection::Connection;
use super::quote::{quoted, text};
use super::recipe::Recipe;
use super::script::parts;
use crate::isolation::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::problem::Problem;
use crate::isolation::server::Server;
use crate::isolation::wire::Dead;
use crate::launch::{Databases, Init, Script};

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Mysql {
    socket: String,
    user: String,
    dead: Dead,
    idle: Idle<Connection>,
    /// How databases are made like the one that was prepared.
    recipe: OnceLock<Recipe>,
}

/// Where a connection is that is in no database of a test, whose end would be its own.
const ELSEWHERE: &str = "USE information_schema";

/// That a text has no statement in it.
const EMPTY: &str = "ERROR 1065 ";

impl Server for Mysql {
    fn prepare(&self, name: &str, init: &Init) -> Result<(), Refused> {
        self.make(None, name)?;
        let prepared = init
            .scripts
            .iter()
            .try_for_each(|script| self.carry_out(name, script));
        if prepared.is_err() {
            // What is half done is of no use; what cannot be dropped goes with the server.
            let _ = self.remove(name);
        }
        prepared
    }

    /// Reads the database, whose rows others are copied from, and ends the connections that there are.
    fn close(&self, name: &str) -> Result<(), Refused> {
        let recipe = self.with(|connection| {
            end_connections(connection, name)?;
            let recipe = Recipe::read(connection, name)?;
            connection.execute(ELSEWHERE)?;
            Ok(recipe)
        });
        let recipe = recipe.map_err(|problem| problem.refuses("read the template"))?;
        // It is closed only once.
        let _ = self.recipe.set(recipe);
        Ok(())
    }

    fn make(&self, template: Option<&str>, name: &str) -> Result<(), Refused> {
        let recipe = template.and_then(|_| self.recipe.get());
        let characters = recipe.map_or("", |recipe| &recipe.characters);
        let mut statements = vec![format!("CREATE DATABASE {} {characters}", quoted(name))];
        if let Some(recipe) = recipe {
            statements.push(format!("USE {}", quoted(name)));
            statements.extend(recipe.statements.iter().cloned());
            statements.push(ELSEWHERE.into());
        }
        let made = self.with(|connection| connection.execute(&statements.join(";\n")));
        made.map_err(|problem| {
            let statement = statements.get(problem.done).cloned();
            problem.refuses(statement.unwrap_or_default())
        })
    }

    fn remove(&self, name: &str) -> Result<(), Problem> {
        self.with(|connection| {
            end_connections(connection, name)?;
            connection.execute(&format!("DROP DATABASE IF EXISTS {}", quoted(name)))
        })
    }

    fn marked(&self, mark: &str) -> Result<Vec<String>, Problem> {
        let pattern = text(&format!("t\\_%{mark}\\_%"));
        let query = format!(
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE {pattern}"
        );
        Ok(self.with(|connection| connection.query(&query))?.concat())
    }
}

impl Mysql {
    pub(in crate::isolation) fn new(databases: &Databases, dead: Dead) -> Self {
        Self {
            socket: databases.socket.clone(),
            user: databases.user.clone(),
            dead,
            idle: Idle::default(),
            recipe: OnceLock::new(),
        }
    }

    fn with<T>(&self, work: impl Fn(&mut Connection) -> Result<T, Problem>) -> Result<T, Problem> {
        let open = || Connection::open(&self.socket, &self.user, &self.dead);
        self.idle.with(open, work)
    }

    /// Carries out a script, over a connection of its own: it may change what statements mean.
    fn carry_out(&self, database: &str, script: &Script) -> Result<(), Refused> {
        let Script { name, text } = script;
        let connect = || {
            let mut connection = Connection::for_scripts(&self.socket, &self.user, &self.dead)?;
            connection.execute(&format!("USE {}", quoted(database)))?;
            Ok(connection)
        };
        let mut connection = connect().map_err(|problem: Problem| problem.refuses("connect"))?;
        for part in parts(text) {
            let Err(problem) = connection.execute(part.text) else {
                continue;
            };
            match part.statement(problem.done) {
                // What follows the last statement is a comment.
                None if problem.text.starts_with(EMPTY) => {}
                Some((line, statement)) => {
                    return Err(problem.refuses(format!("{name}, line {line}: {statement}")));
                }
                None => return Err(problem.refuses(name)),
            }
        }
        // What is not committed would be lost without a word.
        match connection.in_transaction {
            true => Err(Refused {
                statement: format!("the end of {name}"),
                reason: "it leaves a transaction open, which would be lost".into(),
            }),
            false => Ok(()),
        }
    }
}

/// Ends the connections that are in a database: an open transaction would keep it from being dropped.
fn end_connections(connection: &mut Connection, database: &str) -> Result<(), Problem> {
    let query = format!(
        "SELECT id FROM information_schema.processlist WHERE db = {} AND id <> connection_id()",
        text(database)
    );
    for number in connection.query(&query)?.iter().flatten() {
        match connection.execute(&format!("KILL {number}")) {
            Err(problem) if problem.disconnected => return Err(problem),
            // It may have ended by itself.
            _ => {}
        }
    }
    Ok(())
}

impl fmt::Debug for Mysql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mysql")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
