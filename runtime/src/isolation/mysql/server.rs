//! The server that databases are made in.

use std::fmt;
use std::sync::OnceLock;

use super::connection::{Address, Connection};
use super::grants::revoke;
use super::home::Home;
use super::load::Load;
use super::quote::{quoted, text};
use super::recipe::Recipe;
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::name;
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

/// How servers begin a statement that makes a stored program. To the text of one, Oracle's takes the `;` before the next statement.
const PROGRAM: &str = "CREATE DEFINER=";

/// The statements that drop the events of the current database.
const WITHOUT_EVENTS: &str = "SELECT concat('DROP EVENT `', replace(event_name, '`', '``'), '`') \
                              FROM information_schema.events WHERE event_schema = database()";

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
            recipe: OnceLock::new(),
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

    /// Reads the database, whose rows others are copied from, and ends the connections that there are.
    fn close(&self, name: &str, patience: &Patience<'_>) -> Result<(), Refused> {
        let recipe = self.with(patience, |connection| {
            end_connections(connection, name, patience)?;
            let recipe = Recipe::read(connection, name, patience)?;
            // The rows must stay as they are.
            for statement in connection.query(WITHOUT_EVENTS, patience)?.concat() {
                connection.execute(&statement, patience)?;
            }
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
        let options = recipe.map_or("", |recipe| &recipe.options);
        let mut statements = vec![format!("CREATE DATABASE {}{options}", quoted(name))];
        if let Some(recipe) = recipe {
            statements.push(format!("USE {}", quoted(name)));
            statements.extend(recipe.statements.iter().cloned());
            statements.push(ELSEWHERE.into());
        }
        let made = self.with(patience, |connection| {
            let mut done = 0;
            for batch in statements.split_inclusive(|it| it.starts_with(PROGRAM)) {
                let executed = connection.execute(&batch.join(";\n"), patience);
                executed.map_err(|problem| Problem {
                    done: done + problem.done,
                    ..problem
                })?;
                done += batch.len();
            }
            Ok(())
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

    fn marked(&self, mark: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let mark = name::short(mark);
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
