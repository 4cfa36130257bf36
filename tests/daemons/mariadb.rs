//! MariaDB.

use fixtured::daemons::{Mariadb as Server, mariadb as server};

const NAME: &str = "mariadb";

#[path = "mysql_or_mariadb.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod either;
