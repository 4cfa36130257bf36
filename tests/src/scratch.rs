//! Directories for one test.

use std::env;
use std::fs;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::id;

/// A directory that is removed when this is dropped, however the test ends.
#[derive(Debug)]
pub struct Scratch(PathBuf);

/// A new directory for one test.
pub fn scratch_directory(name: &str) -> io::Result<Scratch> {
    let path = env::temp_dir().join(format!("fixtured-test-{name}-{}", id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path)?;
    Ok(Scratch(path))
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
