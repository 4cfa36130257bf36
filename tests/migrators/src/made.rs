//! Directories of migrations.

use std::fs;
use std::ops::Deref;
use std::path::Path;

use fixtured_tests::{Scratch, scratch_directory};

/// A directory of migrations that is removed when this is dropped.
#[derive(Debug)]
pub struct Migrations(Scratch);

/// A new directory with these files.
pub fn migrations(files: &[(&str, &str)]) -> Migrations {
    let scratch = scratch_directory("migrations").unwrap();
    for (name, text) in files {
        let path = scratch.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Migrations(scratch)
}

impl Deref for Migrations {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}
