//! A large script, as people dump what their tests start from.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::Result;

/// About how many bytes it has.
const SIZE: usize = 40 << 20;

/// How many rows a statement inserts.
const ROWS: usize = 1000;

/// A file of statements, which is removed when this is dropped.
#[derive(Debug)]
pub struct Seed(PathBuf);

impl Seed {
    /// Writes it.
    pub fn new() -> Result<Self> {
        let name = format!("fixtured-benches-seed-{}.sql", std::process::id());
        let seed = Self(std::env::temp_dir().join(name));
        let mut file = BufWriter::new(File::create(&seed.0)?);
        writeln!(file, "CREATE TABLE seed (id int, name text, text text);")?;
        let (mut written, mut id) = (0, 0);
        while written < SIZE {
            let row = |id| format!("({id}, 'name {id}', '{:0>200}')", id * 7919);
            let rows: Vec<_> = (id..id + ROWS).map(row).collect();
            let statement = format!("INSERT INTO seed VALUES {};", rows.join(",\n"));
            writeln!(file, "{statement}")?;
            (written, id) = (written + statement.len(), id + ROWS);
        }
        file.flush()?;
        Ok(seed)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
