//! The database that all others are cloned from.

use super::connection::Connection;
use super::quote::quoted;
use super::statement;
use crate::error::{Doing, Refused};
use crate::isolation::patience::Patience;
use crate::launch::Init;
use crate::migrations::{Dialect, read};

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
    for script in read(init, Dialect::Postgres)? {
        let text = &script.text;
        connection.execute(text, patience).map_err(|problem| {
            let place = statement::find(text, problem.done, problem.position);
            problem.stops(Doing::Migration {
                file: script.file.clone(),
                line: script.line + place.line - 1,
                statement: place.statement,
            })
        })?;
        // A script may have changed what a statement means, as pg_dump's do with the search path, or have taken a role. What it has not
        // committed would be lost without a word; here that is an error.
        connection
            .execute("DISCARD ALL", patience)
            .map_err(|problem| {
                problem.stops(Doing::Migration {
                    file: script.file.clone(),
                    line: script.line + text.lines().count().saturating_sub(1),
                    statement: "DISCARD ALL, which follows it".into(),
                })
            })?;
    }
    Ok(())
}
