//! What each of the two hundred tests writes.

use std::fs::File;
use std::io::Write;

use fixtured::Instance;
use fixtured::daemons::Postgres;
use postgres::{Client, NoTls};

/// The variable that names the file in which the tests note what they were given.
pub const RECORD: &str = "TWO_HUNDRED_RECORD";

/// Writes the keys that every test writes, to tables of the migrations and to one of its own, and reads nothing but that.
pub fn check(postgres: &Instance<Postgres>, test: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut client = Client::connect(postgres.url(), NoTls)?;
    client.execute("INSERT INTO users (id, name) VALUES (77, $1)", &[&test])?;
    client.batch_execute(
        "INSERT INTO posts (author) VALUES (77); CREATE TABLE mine (key int PRIMARY KEY); INSERT INTO mine VALUES (1)",
    )?;
    let names: Vec<String> = client
        .query("SELECT name FROM users ORDER BY id", &[])?
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(
        names.len(),
        2,
        "one of the migrations and its own: {names:?}"
    );
    assert_eq!(names.last().map(String::as_str), Some(test));
    let posts: i64 = client.query_one("SELECT count_posts()", &[])?.get(0);
    assert_eq!(posts, 1);
    if let Some(path) = std::env::var_os(RECORD) {
        let line = format!("{} {} {test}\n", postgres.pid(), postgres.database());
        // One write of one line: the other tests write to the same file.
        File::options()
            .append(true)
            .create(true)
            .open(path)?
            .write_all(line.as_bytes())?;
    }
    Ok(())
}

/// Makes ten tests in each of these modules.
#[macro_export]
macro_rules! tests {
    ($($module:ident)*) => {$(
        mod $module {
            $crate::ten! { t0 t1 t2 t3 t4 t5 t6 t7 t8 t9 }
        }
    )*};
}

/// Makes tests of these names.
#[macro_export]
macro_rules! ten {
    ($($name:ident)*) => {$(
        #[fixtured::fixture(postgres, init = "../migrations")]
        #[test]
        fn $name(postgres: &fixtured::Instance<fixtured::daemons::Postgres>) -> Result<(), Box<dyn std::error::Error>> {
            $crate::check(postgres, concat!(module_path!(), "::", stringify!($name)))
        }
    )*};
}
