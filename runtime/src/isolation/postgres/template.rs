//! The database that all others are cloned from.

use std::sync::{Mutex, PoisonError};

use super::connection::Connection;
use super::password;
use super::quote::{quoted, text};
use super::server::Postgres;
use super::statement;
use crate::isolation::Refused;
use crate::launch::{Init, Script};

/// Carries out what tests are to find done in their databases. It stays open for the test's own code.
pub(super) fn carry_out(server: &Postgres, name: &str, init: &Init) -> Result<(), Refused> {
    let mut connection = server
        .connect(name)
        .map_err(|problem| problem.refuses("connect"))?;
    let run = |connection: &mut Connection, statement: &str| {
        let done = connection.execute(statement);
        // It may hold the password.
        let shown = statement.split(" PASSWORD ").next().unwrap_or_default();
        done.map_err(|problem| problem.refuses(shown))
    };
    let roles = init.roles.iter().map(|role| {
        let (name, named) = (quoted(role), text(role));
        let password = password::statement(role, &server.password);
        format!("DO $fixtured$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {named}) THEN CREATE ROLE {name} LOGIN; END IF; END $fixtured$; {password}")
    });
    let extensions = init
        .extensions
        .iter()
        .map(|name| format!("CREATE EXTENSION IF NOT EXISTS {} CASCADE", quoted(name)));
    // Roles belong to the server, so two databases that are prepared at once would collide.
    static ROLES: Mutex<()> = Mutex::new(());
    let alone = ROLES.lock().unwrap_or_else(PoisonError::into_inner);
    for statement in roles {
        run(&mut connection, &statement)?;
    }
    drop(alone);
    for statement in extensions {
        run(&mut connection, &statement)?;
    }
    for Script { name, text } in &init.scripts {
        connection.execute(text).map_err(|problem| {
            let place = statement::find(text, problem.done, problem.position);
            problem.refuses(format!("{name}, line {}: {}", place.line, place.statement))
        })?;
        // A script may have changed what a statement means, as pg_dump's do with the search path, or have taken a role. What it has not
        // committed would be lost without a word; here that is an error.
        let reset = connection.execute("DISCARD ALL");
        reset.map_err(|problem| problem.refuses(format!("DISCARD ALL after {name}")))?;
    }
    Ok(())
}
