//! Passwords of roles, which other users of the machine do not know: by TCP everybody could connect.

use super::connection::Connection;
use super::quote::{quoted, text};
use crate::isolation::problem::Problem;
use crate::isolation::wire::Dead;

/// Gives the superuser at this socket a password.
pub(crate) fn set_password(
    socket: &str,
    user: &str,
    password: &str,
    dead: &Dead,
) -> Result<(), String> {
    let set = || -> Result<(), Problem> {
        let mut connection = Connection::open(socket, user, "", "postgres", dead)?;
        connection.execute(&statement(user, password))
    };
    set().map_err(|problem| problem.to_string())
}

/// The statement that gives a role its password, which is long and random. So it is kept in the form that takes the least time to check;
/// otherwise every connection would take some 5 ms more.
pub(super) fn statement(role: &str, password: &str) -> String {
    let quick = "CASE WHEN current_setting('server_version_num')::int >= 160000 \
                 THEN set_config('scram_iterations', '1', false) \
                 ELSE set_config('password_encryption', 'md5', false) END";
    let (role, password) = (quoted(role), text(password));
    format!("SELECT {quick}; ALTER ROLE {role} PASSWORD {password}")
}
