//! Where servers note when they became ready.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Result, clock};

/// How long a server may take to write its note, in milliseconds.
const LONGEST: f64 = 5000.0;

/// A directory of notes. It is removed when this is dropped.
#[derive(Debug)]
pub struct Stamps {
    dir: PathBuf,
}

impl Stamps {
    /// Makes a new directory.
    pub fn new() -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("benches-stamps-{}", std::process::id()));
        std::fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// The path of this name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Drop for Stamps {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// The time that a server has noted, which it may only just be doing.
pub fn noted(stamp: &Path) -> Result<f64> {
    let until = clock::now()? + LONGEST;
    loop {
        match std::fs::read_to_string(stamp) {
            Ok(text) => return Ok(text.parse()?),
            Err(error) if clock::now()? > until => {
                return Err(format!("{} is not there: {error}", stamp.display()).into());
            }
            Err(_) => std::thread::sleep(Duration::from_micros(100)),
        }
    }
}
