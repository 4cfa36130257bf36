//! Databases of MySQL and MariaDB.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtured::{Acquire, daemons};
use fixtured_tests::mysql::{Database, printed, rows};

/// One that fixtured has made from migrations, and one in which a tool is to do so.
#[derive(Debug)]
pub struct MysqlPair {
    /// Made by fixtured.
    pub ours: MysqlDatabase,
    /// Empty at first.
    pub theirs: MysqlDatabase,
}

/// A database in one of the servers.
#[derive(Debug)]
pub struct MysqlDatabase {
    /// Leads a client to it.
    pub url: String,
    socket: PathBuf,
    database: String,
    _held: Box<dyn Any>,
}

impl Database for MysqlDatabase {
    fn socket(&self) -> &Path {
        &self.socket
    }

    fn database(&self) -> &str {
        &self.database
    }
}

/// Takes what is needed of an instance, which it holds.
macro_rules! database {
    ($options:expr) => {{
        let instance = $options.acquire().unwrap();
        MysqlDatabase {
            url: instance.url().to_owned(),
            socket: instance.socket().to_owned(),
            database: instance.database().to_owned(),
            _held: Box::new(instance),
        }
    }};
}

impl MysqlPair {
    /// Both databases in MariaDB, and both in Oracle's MySQL.
    pub fn each(migrations: &Path) -> [Self; 2] {
        let mariadb = Self {
            ours: database!(daemons::mariadb().init(migrations)),
            theirs: database!(daemons::mariadb()),
        };
        let mysql = Self {
            ours: database!(daemons::mysql().init(migrations)),
            theirs: database!(daemons::mysql()),
        };
        [mariadb, mysql]
    }

    /// Compares the schemas, and what a query finds, which should be what the tool has recorded.
    pub fn compare(&self, query: &str) {
        assert_eq!(schema(&self.ours), schema(&self.theirs));
        let (ours, theirs) = (rows(&self.ours, query), rows(&self.theirs, query));
        assert!(!theirs.is_empty(), "{query}");
        assert_eq!(ours, theirs);
    }

    /// Runs a tool again, in the database that fixtured has made. It must leave the record as it is.
    pub fn run_again<T>(&self, record: &str, run: impl FnOnce(&str) -> T) -> T {
        let sum = format!("CHECKSUM TABLE {record}");
        let before = rows(&self.ours, &sum);
        let done = run(&self.ours.url);
        assert_eq!(rows(&self.ours, &sum), before);
        assert_eq!(schema(&self.ours), schema(&self.theirs));
        done
    }
}

fn schema(database: &MysqlDatabase) -> String {
    let mut dump = Command::new("mariadb-dump");
    dump.args([
        "--no-defaults",
        "--no-data",
        "--compact",
        "--routines",
        "-uroot",
        "-S",
    ]);
    let dump = dump.arg(&database.socket).arg(&database.database);
    let dump = printed(dump.output().unwrap());
    // The tools come over TCP, and each has its own collation.
    let dump = dump.replace("`root`@`%`", "`root`@`localhost`");
    let lines = dump
        .lines()
        .filter(|line| !line.contains("SET collation_connection"));
    lines.collect::<Vec<_>>().join("\n")
}
