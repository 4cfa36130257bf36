//! Stores notes in a table.

use std::error::Error;

use postgres::{Client, NoTls};

use super::{Result, Store};

/// Without `IF NOT EXISTS`, a second start would fail.
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS notes (id bigserial PRIMARY KEY, text text NOT NULL)";

/// Stores notes in the table `notes` of a PostgreSQL database.
pub(crate) struct Postgres {
    client: Client,
}

impl Postgres {
    /// Connects, and creates the table if it does not exist.
    pub(crate) fn connect(url: &str) -> Result<Self> {
        // The URL may contain a password, so it must not be logged.
        let mut client = Client::connect(url, NoTls)
            .map_err(|error| format!("DATABASE_URL: {}", with_source(&error)))?;
        client.batch_execute(TABLE)?;
        Ok(Self { client })
    }
}

impl Store for Postgres {
    fn add(&mut self, text: &str) -> Result<i64> {
        let row = self.client.query_one(
            "INSERT INTO notes (text) VALUES ($1) RETURNING id",
            &[&text],
        )?;
        Ok(row.try_get(0)?)
    }

    fn get(&mut self, id: i64) -> Result<Option<String>> {
        let row = self
            .client
            .query_opt("SELECT text FROM notes WHERE id = $1", &[&id])?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    fn all(&mut self) -> Result<Vec<String>> {
        let rows = self
            .client
            .query("SELECT text FROM notes ORDER BY id", &[])?;
        Ok(rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<std::result::Result<_, _>>()?)
    }

    fn remove(&mut self, id: i64) -> Result<bool> {
        Ok(self
            .client
            .execute("DELETE FROM notes WHERE id = $1", &[&id])?
            == 1)
    }
}

/// An error and its source, which has the details.
fn with_source(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
