//! A service with axum and sqlx, started for each test on a free port, with a database for each test.

use std::error::Error;
use std::fs;
use std::path::Path;

use fixtured::{fixture, with_daemon};
use postgres::{Client, NoTls};
use serde::{Deserialize, Serialize};
use ureq::Error::StatusCode;

/// A user or a note in a response.
#[derive(Deserialize)]
struct Kept {
    id: i64,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Note {
    text: String,
    done: bool,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

fn add_user(service: &str, name: &str) -> Result<i64, ureq::Error> {
    let mut answer = ureq::post(format!("{service}/users")).send_json(Name { name })?;
    Ok(answer.body_mut().read_json::<Kept>()?.id)
}

fn add_note(service: &str, user: i64, text: &str) -> Result<i64, ureq::Error> {
    let page = format!("{service}/users/{user}/notes");
    let mut answer = ureq::post(page).send_json(Text { text })?;
    Ok(answer.body_mut().read_json::<Kept>()?.id)
}

fn notes(service: &str, user: i64) -> Result<Vec<Note>, ureq::Error> {
    let mut answer = ureq::get(format!("{service}/users/{user}/notes")).call()?;
    answer.body_mut().read_json()
}

fn note(text: &str) -> Note {
    Note {
        text: text.into(),
        done: false,
    }
}

/// The texts of all notes, read directly from the database.
fn stored(database_url: &str) -> Result<Vec<String>, postgres::Error> {
    let mut client = Client::connect(database_url, NoTls)?;
    let rows = client.query("SELECT text FROM notes ORDER BY id", &[])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

// These tests run at the same time, add the same user, and see only their own notes. The service runs its migrations when it starts: in
// a database that `init` has prepared it finds nothing left to do, in an empty one everything.
#[fixture(postgres, init = "migrations/")]
#[with_daemon(
    bin = "notes-axum",
    env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
mod each_with_its_own {
    use super::*;

    #[test]
    fn notes_are_listed_and_stored(
        notes_axum_url: &str,
        postgres_url: &str,
    ) -> Result<(), Box<dyn Error>> {
        let ada = add_user(notes_axum_url, "ada")?;
        add_note(notes_axum_url, ada, "buy milk")?;
        add_note(notes_axum_url, ada, "drink it")?;
        assert_eq!(
            notes(notes_axum_url, ada)?,
            [note("buy milk"), note("drink it")]
        );
        assert_eq!(stored(postgres_url)?, ["buy milk", "drink it"]);
        Ok(())
    }

    #[test]
    fn what_the_database_refuses_is_said(
        notes_axum_url: &str,
        postgres_url: &str,
    ) -> Result<(), Box<dyn Error>> {
        let ada = add_user(notes_axum_url, "ada")?;
        let again = add_user(notes_axum_url, "ada");
        assert!(matches!(again, Err(StatusCode(409))));
        let of_nobody = add_note(notes_axum_url, ada + 1, "buy milk");
        assert!(matches!(of_nobody, Err(StatusCode(404))));
        assert!(stored(postgres_url)?.is_empty());
        Ok(())
    }

    #[test]
    fn migrations_are_found_applied(
        notes_axum_log: &Path,
        postgres_url: &str,
    ) -> Result<(), Box<dyn Error>> {
        let log = fs::read_to_string(notes_axum_log)?;
        assert!(log.starts_with("listening on http://"), "{log}");
        let mut client = Client::connect(postgres_url, NoTls)?;
        // All in the transaction that has prepared the template, none by the service.
        let row = client.query_one(
            "SELECT count(*), count(DISTINCT xmin::text) FROM _sqlx_migrations",
            &[],
        )?;
        assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 1));
        Ok(())
    }

    // A request that the database cannot answer is a server error; the log has the details.
    #[test]
    fn a_database_that_lost_its_table_is_reported(
        notes_axum_url: &str,
        postgres_url: &str,
    ) -> Result<(), Box<dyn Error>> {
        Client::connect(postgres_url, NoTls)?.batch_execute("DROP TABLE notes")?;
        assert!(matches!(notes(notes_axum_url, 1), Err(StatusCode(500))));
        Ok(())
    }
}

// Two services in one test, each with its own database: both are certain to run at the same time.
#[fixture(postgres as left_base, init = "migrations/")]
#[fixture(postgres as right_base, init = "migrations/")]
#[with_daemon(
    bin = "notes-axum" as left,
    env(DATABASE_URL = "{left_base.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[with_daemon(
    bin = "notes-axum" as right,
    env(DATABASE_URL = "{right_base.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[test]
fn services_side_by_side_do_not_see_each_other(
    left_url: &str,
    right_url: &str,
    left_base_url: &str,
    right_base_url: &str,
) -> Result<(), Box<dyn Error>> {
    let users = (add_user(left_url, "ada")?, add_user(right_url, "ada")?);
    assert_eq!(users, (1, 1));
    add_note(left_url, 1, "buy milk")?;
    add_note(right_url, 1, "read a book")?;

    assert_eq!(notes(left_url, 1)?, [note("buy milk")]);
    assert_eq!(notes(right_url, 1)?, [note("read a book")]);
    assert_eq!(stored(left_base_url)?, ["buy milk"]);
    assert_eq!(stored(right_base_url)?, ["read a book"]);
    Ok(())
}

#[fixture(postgres)]
#[with_daemon(
    bin = "notes-axum",
    env(DATABASE_URL = "{postgres.url}", PORT = "{port}"),
    http = "http://127.0.0.1:{port}/health"
)]
#[test]
fn an_empty_database_is_migrated_by_the_service(
    notes_axum_url: &str,
) -> Result<(), Box<dyn Error>> {
    assert_eq!(add_user(notes_axum_url, "ada")?, 1);
    Ok(())
}
