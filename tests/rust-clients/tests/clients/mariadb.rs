//! MariaDB.

use fixtured::daemons::mariadb as server;

#[path = "mysql_or_mariadb.rs"]
mod clients;
