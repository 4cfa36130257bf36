//! MySQL, which is Oracle's.

use fixtured::daemons::mysql as server;

/// What numbers the rows of a table, and what must be made before it.
const NUMBERED: (&str, &str) = ("", "AUTO_INCREMENT");

/// What it says to a text that is no number.
const INTEGER: &str = "ERROR 1366 (HY000): Incorrect integer value: 'x'";

/// How long a statement may take.
const LIMIT: (&str, &str) = ("max_execution_time", "100");

#[path = "mysql_init.rs"]
mod init;
