//! Stores notes until the process exits.

use std::collections::BTreeMap;

use super::{Result, Store};

/// Stores notes in memory.
#[derive(Default)]
pub(crate) struct Memory {
    notes: BTreeMap<i64, String>,
    last: i64,
}

impl Store for Memory {
    fn add(&mut self, text: &str) -> Result<i64> {
        self.last += 1;
        self.notes.insert(self.last, text.into());
        Ok(self.last)
    }

    fn get(&mut self, id: i64) -> Result<Option<String>> {
        Ok(self.notes.get(&id).cloned())
    }

    fn all(&mut self) -> Result<Vec<String>> {
        Ok(self.notes.values().cloned().collect())
    }

    fn remove(&mut self, id: i64) -> Result<bool> {
        Ok(self.notes.remove(&id).is_some())
    }
}
