//! What each of the forty tests does with its database.

use std::fs::File;
use std::io::Write;

use fixtured::Instance;
use fixtured::daemons::Postgres;
use postgres::{Client, NoTls};

/// The variable that names the file in which the tests note what they were given.
pub const RECORD: &str = "FORTY_RECORD";

/// Writes to a table that every test calls by the same name, and reads back what it wrote.
pub fn check(postgres: &Instance<Postgres>, test: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut client = Client::connect(postgres.url(), NoTls)?;
    client.batch_execute("CREATE TABLE note (test text NOT NULL)")?;
    client.execute("INSERT INTO note VALUES ($1)", &[&test])?;
    let found: Vec<String> = client
        .query("SELECT test FROM note", &[])?
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(found, [test]);
    if let Some(path) = std::env::var_os(RECORD) {
        let line = format!("{} {} {}\n", postgres.pid(), postgres.database(), test);
        // One write of one line: the other tests write to the same file.
        File::options()
            .append(true)
            .create(true)
            .open(path)?
            .write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Makes tests of these names.
#[macro_export]
macro_rules! tests {
    ($($name:ident)*) => {$(
        #[fixtured::fixture(postgres)]
        #[test]
        fn $name(postgres: &fixtured::Instance<fixtured::daemons::Postgres>) -> Result<(), Box<dyn std::error::Error>> {
            $crate::check(postgres, stringify!($name))
        }
    )*};
}
