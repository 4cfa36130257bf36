//! The servers that speak MySQL's protocol.

use std::fmt::Debug;

/// Which servers of MySQL's protocol a definition runs.
pub trait Flavor: Clone + Debug + Default + 'static {
    /// Its name in prose.
    const TITLE: &'static str;
    /// Its name in variables and directories.
    const NAME: &'static str;
    /// The environment variable with the URL of a server to use instead.
    const URL: &'static str;
    /// Whether it runs MariaDB only.
    const ONLY_MARIADB: bool;
}

/// [`Mysql`](super::Mysql) is this one.
#[derive(Clone, Debug, Default)]
pub struct Mysql;

impl Flavor for Mysql {
    const TITLE: &'static str = "MySQL or MariaDB";
    const NAME: &'static str = "mysql";
    const URL: &'static str = "FIXTURED_MYSQL_URL";
    const ONLY_MARIADB: bool = false;
}

/// [`Mariadb`](super::Mariadb) is this one.
#[derive(Clone, Debug, Default)]
pub struct Mariadb;

impl Flavor for Mariadb {
    const TITLE: &'static str = "MariaDB";
    const NAME: &'static str = "mariadb";
    const URL: &'static str = "FIXTURED_MARIADB_URL";
    const ONLY_MARIADB: bool = true;
}
