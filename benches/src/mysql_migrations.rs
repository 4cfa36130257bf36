//! The twenty migrations of the suite, for MySQL and MariaDB.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::peer::MIGRATIONS;

/// What these servers call otherwise.
const WORDS: [(&str, &str); 4] = [
    (
        "bigint GENERATED ALWAYS AS IDENTITY",
        "bigint AUTO_INCREMENT",
    ),
    ("text NOT NULL UNIQUE", "varchar(100) NOT NULL UNIQUE"),
    (
        "jsonb NOT NULL DEFAULT '{}'",
        "json NOT NULL DEFAULT ('{}')",
    ),
    ("timestamptz", "timestamp"),
];

/// A directory of them, which is removed when this is dropped.
#[derive(Debug)]
pub struct MysqlMigrations {
    dir: PathBuf,
    /// All in one text.
    pub statements: String,
}

impl MysqlMigrations {
    /// Writes them.
    pub fn new() -> Result<Self> {
        let name = format!("fixtured-benches-migrations-{}", std::process::id());
        let mut migrations = Self {
            dir: std::env::temp_dir().join(name),
            statements: String::new(),
        };
        fs::create_dir(&migrations.dir)?;
        let mut entries = fs::read_dir(MIGRATIONS)?.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let text = fs::read_to_string(entry.path())?;
            let text = WORDS.iter().fold(text, |text, (of_postgres, of_mysql)| {
                text.replace(of_postgres, of_mysql)
            });
            fs::write(migrations.dir.join(entry.file_name()), &text)?;
            migrations.statements += &text;
        }
        Ok(migrations)
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.dir
    }
}

impl Drop for MysqlMigrations {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
