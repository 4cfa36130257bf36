//! Which SQL the server of a script understands.

/// The SQL of a server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Dialect {
    /// PostgreSQL's.
    Postgres,
    /// That of MySQL and MariaDB.
    Mysql,
}
