//! Databases of PostgreSQL.

use std::path::Path;
use std::process::Command;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use postgres::{Client, NoTls};

/// One that fixtured has made from migrations, and one in which a tool is to do so.
#[derive(Debug)]
pub struct PostgresPair {
    /// Made by fixtured.
    pub ours: Instance<Postgres>,
    /// Empty at first.
    pub theirs: Instance<Postgres>,
}

impl PostgresPair {
    /// Both databases.
    pub fn new(migrations: &Path) -> Self {
        Self {
            ours: daemons::postgres().init(migrations).acquire().unwrap(),
            theirs: daemons::postgres().acquire().unwrap(),
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
        let versions = format!("SELECT t::text || xmin FROM {record} t ORDER BY 1");
        let before = rows(&self.ours, &versions);
        let done = run(self.ours.url());
        assert_eq!(rows(&self.ours, &versions), before);
        assert_eq!(schema(&self.ours), schema(&self.theirs));
        done
    }
}

fn schema(postgres: &Instance<Postgres>) -> String {
    let mut dump = Command::new("pg_dump");
    dump.arg("--schema-only").arg(postgres.url());
    let dump = fixtured_tests::mysql::printed(dump.output().unwrap());
    // Newer ones have a random word there.
    let lines = dump.lines().filter(|line| !line.starts_with("\\"));
    lines.collect::<Vec<_>>().join("\n")
}

fn rows(postgres: &Instance<Postgres>, query: &str) -> Vec<String> {
    let mut client = Client::connect(postgres.url(), NoTls).unwrap();
    let query = format!("SELECT t::text FROM ({query}) t");
    let rows = client.query(&query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
