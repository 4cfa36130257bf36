//! MariaDB.

use fixtured::daemons::mariadb as server;

/// What numbers the rows of a table, and what must be made before it.
const NUMBERED: (&str, &str) = (
    "CREATE SEQUENCE numbers START WITH 7;\n",
    "DEFAULT nextval(numbers)",
);

/// What it says to a text that is no number.
const INTEGER: &str = "ERROR 1366 (22007): Incorrect integer value: 'x'";

/// How long a statement may take.
const LIMIT: (&str, &str) = ("max_statement_time", "0.1");

#[path = "mysql_init.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod init;
