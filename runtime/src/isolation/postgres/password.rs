//! Passwords of roles, which other users of the machine do not know: by TCP everybody could connect.

use super::connection::{Address, Connection};
use super::quote::{quoted, text};
use crate::error::Refused;
use crate::isolation::patience::Patience;
use crate::isolation::wire::Processes;

/// Gives the superuser at this socket a password.
pub(crate) fn set_password(
    socket: &str,
    user: &str,
    password: &str,
    processes: Processes,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    let server = Address {
        socket: socket.into(),
        user: user.into(),
        password: String::new(),
        processes,
    };
    let set = Connection::open(&server, "postgres", patience)
        .and_then(|mut connection| connection.execute(&statement(user, password), patience));
    set.map_err(|problem| problem.refuses(format!("ALTER ROLE {}", quoted(user))))
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
