//! A service with a database. All tests share one PostgreSQL server, and each test gets an empty database in it.

use std::error::Error;

use fixtured::{fixture, with_daemon};
use postgres::{Client, NoTls};

/// The texts of all notes, read directly from the database.
fn notes(database_url: &str) -> Result<Vec<String>, postgres::Error> {
    let mut client = Client::connect(database_url, NoTls)?;
    let rows = client.query("SELECT text FROM notes ORDER BY id", &[])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

// `{postgres.url}` is the URL of this test's database, so the service starts once the database is ready.
#[fixture(postgres)]
#[with_daemon(
    bin = "notes",
    env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[test]
fn a_note_is_in_the_database(notes_url: &str, postgres_url: &str) -> Result<(), Box<dyn Error>> {
    ureq::post(format!("{notes_url}/notes")).send("buy milk")?;
    assert_eq!(notes(postgres_url)?, ["buy milk"]);
    Ok(())
}

// These two tests write to the same table at the same time, and neither sees the other's rows.
#[fixture(postgres)]
mod alone_in_the_database {
    use postgres::{Client, Error, NoTls};

    fn add_and_count(database_url: &str) -> Result<i64, Error> {
        let mut client = Client::connect(database_url, NoTls)?;
        client.batch_execute("CREATE TABLE visits (page text); INSERT INTO visits VALUES ('/')")?;
        client
            .query_one("SELECT count(*) FROM visits", &[])?
            .try_get(0)
    }

    #[test]
    fn the_first_visitor(url: &str) {
        assert_eq!(add_and_count(url).unwrap(), 1);
    }

    #[test]
    fn the_first_visitor_again(url: &str) {
        assert_eq!(add_and_count(url).unwrap(), 1);
    }
}
