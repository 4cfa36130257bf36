//! MariaDB.

use fixtured::daemons::mariadb as server;

#[path = "mysql_or_mariadb.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod clients;
