//! Databases of MariaDB.

use std::path::Path;
use std::process::Command;

use fixtured::daemons::Mariadb;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::mysql::{printed, rows};

/// One that fixtured has made from migrations, and one in which a tool is to do so.
#[derive(Debug)]
pub struct MariadbPair {
    /// Made by fixtured.
    pub ours: Instance<Mariadb>,
    /// Empty at first.
    pub theirs: Instance<Mariadb>,
}

impl MariadbPair {
    /// Both databases.
    pub fn new(migrations: &Path) -> Self {
        Self {
            ours: daemons::mariadb().init(migrations).acquire().unwrap(),
            theirs: daemons::mariadb().acquire().unwrap(),
        }
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
        let done = run(self.ours.url());
        assert_eq!(rows(&self.ours, &sum), before);
        assert_eq!(schema(&self.ours), schema(&self.theirs));
        done
    }
}

fn schema(mariadb: &Instance<Mariadb>) -> String {
    let mut dump = Command::new("mariadb-dump");
    dump.args([
        "--no-defaults",
        "--no-data",
        "--compact",
        "--routines",
        "-uroot",
        "-S",
    ]);
    let dump = dump.arg(mariadb.socket()).arg(mariadb.database());
    let dump = printed(dump.output().unwrap());
    // The tools come over TCP.
    dump.replace("`root`@`%`", "`root`@`localhost`")
}
