//! MySQL.

use fixtured::daemons::mysql as server;

#[path = "mysql_or_mariadb.rs"]
mod clients;
