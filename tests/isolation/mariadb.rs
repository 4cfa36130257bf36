//! MariaDB.

use fixtured::daemons::{Mariadb as Server, mariadb as server};

/// What numbers the rows of a table, and what must be made before it.
const NUMBERED: (&str, &str) = (
    "CREATE SEQUENCE numbers START WITH 7;\n",
    "DEFAULT nextval(numbers)",
);

/// What it says to a text that is no number.
const INTEGER: &str = "ERROR 1366 (22007): Incorrect integer value: 'x'";

/// How long a statement may take.
const LIMIT: (&str, &str) = ("max_statement_time", "0.1");

/// Its client program, and that which dumps a database.
const CLIENT: &[&str] = &["mariadb"];
const DUMP: &str = "mariadb-dump";

/// What only its databases hold, and words of it that a dump has.
const OWN_SCHEMA: (&str, &[&str]) = (
    "CREATE TABLE safe (a int) ENGINE=Aria TRANSACTIONAL=1;
     INSERT INTO safe VALUES (2);
     CREATE TABLE versions (a int) WITH SYSTEM VERSIONING;
     INSERT INTO versions VALUES (1);
     CREATE SEQUENCE numbers START WITH 10 INCREMENT BY 5;
     DO nextval(numbers);
     CREATE TABLE numbered (id int DEFAULT nextval(numbers), KEY absent (id) IGNORED);",
    &["WITH SYSTEM VERSIONING", "nextval", "PARTITION `old`"],
);

#[path = "mysql_dumps.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod dumps;
#[path = "mysql_init.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod init;
