//! MySQL, which is Oracle's.

use fixtured::daemons::{Mysql as Server, mysql as server};

/// What numbers the rows of a table, and what must be made before it.
const NUMBERED: (&str, &str) = ("", "AUTO_INCREMENT");

/// What it says to a text that is no number.
const INTEGER: &str = "ERROR 1366 (HY000): Incorrect integer value: 'x'";

/// How long a statement may take.
const LIMIT: (&str, &str) = ("max_execution_time", "100");

/// Its client program, which knows its own commands only if it is told to, and that which dumps a database.
const CLIENT: &[&str] = &["/usr/local/mysql/bin/mysql", "--commands"];
const DUMP: &str = "/usr/local/mysql/bin/mysqldump";

/// What only its databases hold, and words of it that a dump has.
const OWN_SCHEMA: (&str, &[&str]) = (
    "CREATE TABLE functional (a int, b json, KEY upside_down (a DESC), KEY of_expression ((a * 2)), KEY absent (a) INVISIBLE,
         KEY many ((CAST(b -> '$.n' AS unsigned ARRAY))));
     INSERT INTO functional VALUES (1, '{\"n\": [1, 2]}');
     CREATE TABLE places (at point NOT NULL SRID 4326, SPATIAL KEY (at));
     INSERT INTO places VALUES (ST_SRID(point(1, 2), 4326));",
    &["`a` DESC", "(`a` * 2)", "unsigned array", "SRID 4326"],
);

#[path = "mysql_dumps.rs"]
mod dumps;
/// The tables whose files are copied.
const COPIED_BY_FILES: &[&str] = &["children", "packed", "parents", "plain"];

/// How an account proves who it is by a password.
const BY_PASSWORD: &str = "WITH caching_sha2_password BY 'p@ss'";

#[path = "mysql_existing.rs"]
mod existing;
#[path = "mysql_files.rs"]
mod files;
#[path = "mysql_init.rs"]
mod init;
