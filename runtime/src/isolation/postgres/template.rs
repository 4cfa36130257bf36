//! The database that all others are cloned from.

use super::connection::Connection;
use super::quote::quoted;
use super::statement;
use crate::error::{Doing, Refused};
use crate::isolation::patience::Patience;
use crate::launch::{Init, Script};

/// Prepares the database that will be cloned, over a connection to it.
pub(super) fn carry_out(
    connection: &mut Connection,
    init: &Init,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    for name in &init.extensions {
        let statement = format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quoted(name));
        let done = connection.execute(&statement, patience);
        done.map_err(|problem| problem.refuses(statement))?;
    }
    for Script { name, text } in &init.scripts {
        connection.execute(text, patience).map_err(|problem| {
            let place = statement::find(text, problem.done, problem.position);
            problem.stops(Doing::Migration {
                file: name.clone(),
                line: place.line,
                statement: place.statement,
            })
        })?;
        // A script may have changed what a statement means, as pg_dump's do with the search path, or have taken a role. What it has not
        // committed would be lost without a word; here that is an error.
        connection
            .execute("DISCARD ALL", patience)
            .map_err(|problem| {
                problem.stops(Doing::Migration {
                    file: name.clone(),
                    line: text.lines().count(),
                    statement: "DISCARD ALL, which follows it".into(),
                })
            })?;
    }
    Ok(())
}
