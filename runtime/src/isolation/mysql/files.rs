//! Copying large tables by their files, which takes a tenth of the time that their rows take (`benches/src/bin/mysql-clones.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::connection::Connection;
use super::quote::{quoted, text};
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::process::{User, act_as};

/// The files of a template's large tables, as they were when nothing wrote to them.
#[derive(Debug)]
pub(super) struct Files {
    /// Where the server has its databases.
    data: PathBuf,
    /// Where the files are kept.
    kept: PathBuf,
    /// Whose they are, if they are not ours.
    user: Option<User>,
    /// The names of the tables.
    pub(super) tables: Vec<String>,
}

/// What a table must have for it: each costs some milliseconds, however small it is.
const LARGE: u64 = 1 << 20;

/// The files of a table: its pages, and what the server must know of them.
const KINDS: [&str; 2] = ["ibd", "cfg"];

impl Files {
    /// Keeps the files of those of these tables that are large, in the database that the connection is in. There are none if the server cannot
    /// give them, or we cannot have them.
    pub(super) fn keep(
        connection: &mut Connection,
        database: &str,
        filled: &BTreeMap<String, usize>,
        patience: &Patience<'_>,
    ) -> Result<Option<Self>, Problem> {
        let places = connection.query("SELECT @@datadir, @@tmpdir", patience)?;
        let [data, room] = &*places.concat() else {
            return Ok(None);
        };
        let data = PathBuf::from(data);
        let owner = fs::metadata(&data).ok();
        let Some(owner) = owner else {
            return Ok(None);
        };
        let user = (owner.uid() != nix::unistd::geteuid().as_raw()).then(|| User {
            uid: owner.uid(),
            gid: owner.gid(),
            groups: vec![owner.gid()],
        });
        let mut tables = connection.query(&suitable(database), patience)?.concat();
        let home = data.join(database);
        let is_large = |table: &String| {
            let file = home.join(format!("{table}.ibd"));
            filled.contains_key(&quoted(table))
                && fs::metadata(file).is_ok_and(|file| file.len() >= LARGE)
        };
        let kept = PathBuf::from(room).join(format!("fixtured-{database}"));
        let chosen = act_as(user.as_ref(), || {
            tables.retain(is_large);
            Ok(tables)
        });
        let tables = chosen.unwrap_or_default();
        if tables.is_empty() {
            return Ok(None);
        }
        let files = Self {
            data,
            kept,
            user,
            tables,
        };
        // It stands still until it is unlocked.
        let all: Vec<_> = files.tables.iter().map(|table| quoted(table)).collect();
        let still = format!("FLUSH TABLES {} FOR EXPORT", all.join(", "));
        match connection.execute(&still, patience) {
            Err(problem) if problem.is_refusal() => return Ok(None),
            done => done?,
        }
        let copied = files.copy(&home, &files.kept, true);
        connection.execute("UNLOCK TABLES", patience)?;
        Ok(copied.is_ok().then_some(files))
    }

    /// Puts copies of the files where a database has those that it has discarded.
    pub(super) fn give_to(&self, database: &str) -> io::Result<()> {
        let home = self.data.join(database);
        self.copy(&self.kept, &home, false).inspect_err(|_| {
            // The server does not remove files that it has not taken over.
            let remove = || {
                let names = self.tables.iter().flat_map(names);
                let _: Vec<_> = names.map(|name| fs::remove_file(home.join(name))).collect();
                Ok(())
            };
            let _ = act_as(self.user.as_ref(), remove);
        })
    }

    /// Copies all files from one directory to another, which may have to be made.
    fn copy(&self, from: &Path, to: &Path, is_new: bool) -> io::Result<()> {
        act_as(self.user.as_ref(), || {
            if is_new {
                fs::create_dir(to)?;
            }
            for file in self.tables.iter().flat_map(names) {
                fs::copy(from.join(&file), to.join(&file))?;
            }
            Ok(())
        })
    }

    /// The statements that do this with the tables.
    pub(super) fn each(&self, what: &str) -> impl Iterator<Item = String> {
        self.tables
            .iter()
            .map(move |table| format!("ALTER TABLE {} {what} TABLESPACE", quoted(table)))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What is left goes with the server's directory.
        let _ = act_as(self.user.as_ref(), || fs::remove_dir_all(&self.kept));
    }
}

/// The names of the files of a table.
fn names(table: &String) -> impl Iterator<Item = String> {
    KINDS.iter().map(move |kind| format!("{table}.{kind}"))
}

/// A query for the tables whose files the server can read again as they are, and whose names are those of their files. There are none in
/// MariaDB: version 10.11.19 sometimes finds an index corrupted after it has imported a table that had been altered or deleted from.
fn suitable(database: &str) -> String {
    let of = format!("table_schema = {}", text(database));
    format!(
        "SELECT table_name FROM information_schema.tables WHERE {of} AND table_type = 'BASE TABLE' AND engine = 'InnoDB' AND version() NOT LIKE '%MariaDB%' \
         AND table_name REGEXP '^[A-Za-z0-9_]+$' AND lower(create_options) NOT REGEXP 'partitioned|encr|page_compressed|data directory|tablespace' \
         AND table_name NOT IN (SELECT table_name FROM information_schema.statistics WHERE {of} AND (index_type IN ('FULLTEXT', 'SPATIAL') OR column_name IS NULL)) \
         AND table_name NOT IN (SELECT table_name FROM information_schema.columns WHERE {of} AND extra LIKE '%VIRTUAL%')"
    )
}
