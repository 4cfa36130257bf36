//! Stores for notes.

mod memory;
mod postgres;

use std::error::Error;

/// A [`Result`](std::result::Result) of a store.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Stores notes by ID, starting at 1.
pub(crate) trait Store {
    /// Adds a note and returns its ID.
    fn add(&mut self, text: &str) -> Result<i64>;

    /// The text of the note with this ID, if it exists.
    fn get(&mut self, id: i64) -> Result<Option<String>>;

    /// The texts of all notes, the oldest first.
    fn all(&mut self) -> Result<Vec<String>>;

    /// Removes a note and returns whether it existed.
    fn remove(&mut self, id: i64) -> Result<bool>;
}

/// The store in a database, or in memory.
pub(crate) fn open(database_url: Option<&str>) -> Result<Box<dyn Store>> {
    Ok(match database_url {
        Some(url) => Box::new(postgres::Postgres::connect(url)?),
        None => Box::new(memory::Memory::default()),
    })
}
