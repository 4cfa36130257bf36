//! How a database of MySQL or MariaDB is copied fastest: the ways that there are, side by side in one server.
//!
//! Usage: `mysql-clones ROUNDS`. Neither server has `CREATE DATABASE … TEMPLATE`. The server is one of fixtured's, with its settings.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use fixtured::{Acquire, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::mysql::Connection;
use fixtured_benches::{Result, clock};

/// A database to copy: its name, and how many tables and rows it has. A row takes 200 bytes.
const DATABASES: [(&str, usize, usize); 4] = [
    ("20 tables, 5 rows each", 20, 5),
    ("100 tables, 5 rows each", 100, 5),
    ("1 table of 4 MB", 1, 20_000),
    ("1 table of 40 MB", 1, 200_000),
];

/// What copying needs.
const SESSION: &str = "SET SESSION foreign_key_checks = 0, SESSION unique_checks = 0";

/// A server: its data, and a connection.
struct Server {
    name: &'static str,
    data: PathBuf,
    connection: Connection,
}

/// A database that is copied, and its files.
struct Original {
    name: String,
    tables: Vec<String>,
    /// The statements that make the tables.
    made: Vec<String>,
    files: PathBuf,
}

fn main() -> Result<()> {
    let rounds: usize = std::env::args()
        .nth(1)
        .ok_or("usage: mysql-clones ROUNDS")?
        .parse()?;
    let mut table = Table::default();
    let mariadb = daemons::mariadb().start()?;
    measure(
        "MariaDB",
        mariadb.dir(),
        mariadb.socket(),
        rounds,
        &mut table,
    )?;
    drop(mariadb);
    let mysql = daemons::mysql().start()?;
    measure("MySQL", mysql.dir(), mysql.socket(), rounds, &mut table)?;
    drop(mysql);
    for _ in 0..rounds {
        let start = clock::now()?;
        let server = daemons::mariadb().start()?;
        table.add(
            "MariaDB: a server each, with an empty data directory",
            clock::now()? - start,
        );
        drop(server);
        let start = clock::now()?;
        let server = daemons::mysql().start()?;
        table.add(
            "MySQL: a server each, with an empty data directory",
            clock::now()? - start,
        );
        drop(server);
    }
    println!("{table}");
    Ok(())
}

fn measure(
    name: &'static str,
    dir: &Path,
    socket: &Path,
    rounds: usize,
    table: &mut Table,
) -> Result<()> {
    let mut server = Server {
        name,
        data: dir.join("data"),
        connection: Connection::open(socket)?,
    };
    server.connection.execute(SESSION)?;
    for (number, (what, tables, rows)) in DATABASES.iter().enumerate() {
        let original = server.original(&format!("original_{number}"), *tables, *rows, dir)?;
        for _ in 0..rounds {
            server.copy(
                &original,
                what,
                "CREATE as shown, INSERT … SELECT",
                table,
                |_, original, table, made| {
                    Ok(format!(
                        "{made}; INSERT INTO {table} SELECT * FROM {}.{table}",
                        original.name
                    ))
                },
            )?;
            server.copy(&original, what, "CREATE … LIKE, INSERT … SELECT", table, |_, original, table, _| {
                let of = &original.name;
                Ok(format!("CREATE TABLE {table} LIKE {of}.{table}; INSERT INTO {table} SELECT * FROM {of}.{table}"))
            })?;
            server.import(&original, what, table)?;
        }
    }
    server.clone_all(dir, rounds, table)
}

impl Server {
    fn original(&mut self, name: &str, tables: usize, rows: usize, dir: &Path) -> Result<Original> {
        self.connection
            .execute(&format!("CREATE DATABASE {name}; USE {name}"))?;
        let mut original = Original {
            name: name.into(),
            tables: (0..tables)
                .map(|number| format!("table_{number}"))
                .collect(),
            made: Vec::new(),
            files: dir.join(name),
        };
        for table in &original.tables {
            self.connection.execute(&format!(
                "CREATE TABLE {table} (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL UNIQUE, text varchar(200), KEY (text(10)))"
            ))?;
            let mut row = 0;
            while row < rows {
                let mut insert = format!("INSERT INTO {table} VALUES ");
                let until = rows.min(row + 2000);
                for number in row..until {
                    let comma = if number == row { "" } else { ", " };
                    write!(
                        insert,
                        "{comma}({}, 'name {number}', '{:0>150}')",
                        number + 1,
                        number * 7919
                    )?;
                }
                self.connection.execute(&insert)?;
                row = until;
            }
            let shown = self
                .connection
                .execute(&format!("SHOW CREATE TABLE {table}"))?
                .concat();
            original.made.extend(shown.into_iter().nth(1));
        }
        // The files of the tables, at one moment, in a place of their own.
        fs::create_dir(&original.files)?;
        let all = original.tables.join(", ");
        self.connection
            .execute(&format!("FLUSH TABLES {all} FOR EXPORT"))?;
        for table in &original.tables {
            for kind in ["ibd", "cfg"] {
                let file = format!("{table}.{kind}");
                fs::copy(self.data.join(name).join(&file), original.files.join(&file))?;
            }
        }
        self.connection.execute("UNLOCK TABLES")?;
        Ok(original)
    }

    /// Copies a database by statements that are sent at once, and drops it.
    fn copy(
        &mut self,
        original: &Original,
        what: &str,
        way: &str,
        table: &mut Table,
        statements: fn(&Self, &Original, &str, &str) -> Result<String>,
    ) -> Result<()> {
        let mut all = vec!["CREATE DATABASE copy; USE copy".to_owned()];
        for (table, made) in original.tables.iter().zip(&original.made) {
            all.push(statements(self, original, table, made)?);
        }
        let start = clock::now()?;
        self.connection.execute(&all.join(";\n"))?;
        table.add(
            &format!("{}, {what}: {way}", self.name),
            clock::now()? - start,
        );
        self.check(original)?;
        let start = clock::now()?;
        self.connection.execute("DROP DATABASE copy")?;
        table.add(
            &format!("{}, {what}: DROP", self.name),
            clock::now()? - start,
        );
        Ok(())
    }

    /// Copies a database by its files, and drops it.
    fn import(&mut self, original: &Original, what: &str, table: &mut Table) -> Result<()> {
        let data = self.data.clone();
        let owner = fs::metadata(&data)?;
        let each = |statement: &str| {
            let all = original
                .tables
                .iter()
                .map(|table| format!("ALTER TABLE {table} {statement}"));
            all.collect::<Vec<_>>().join(";\n")
        };
        let start = clock::now()?;
        self.connection.execute(&format!(
            "CREATE DATABASE copy; USE copy; {};\n{}",
            original.made.join(";\n"),
            each("DISCARD TABLESPACE")
        ))?;
        for table in &original.tables {
            for kind in ["ibd", "cfg"] {
                let file = format!("{table}.{kind}");
                let to = data.join("copy").join(&file);
                fs::copy(original.files.join(&file), &to)?;
                chown(&to, Some(owner.uid()), Some(owner.gid()))?;
            }
        }
        self.connection.execute(&each("IMPORT TABLESPACE"))?;
        table.add(
            &format!("{}, {what}: files, IMPORT TABLESPACE", self.name),
            clock::now()? - start,
        );
        self.check(original)?;
        self.connection.execute("DROP DATABASE copy")?;
        Ok(())
    }

    /// Copies all data of the server with the plugin `clone`, which only MySQL has. A server must be started on them.
    fn clone_all(&mut self, dir: &Path, rounds: usize, table: &mut Table) -> Result<()> {
        if self
            .connection
            .execute("INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
            .is_err()
        {
            return Ok(());
        }
        for round in 0..rounds {
            let to = dir.join(format!("clone-{round}"));
            let start = clock::now()?;
            self.connection
                .execute(&format!("CLONE LOCAL DATA DIRECTORY = '{}'", to.display()))?;
            let row = format!(
                "{}, all of these: CLONE, without the start of a server",
                self.name
            );
            table.add(&row, clock::now()? - start);
            fs::remove_dir_all(&to)?;
        }
        Ok(())
    }

    /// A copy that is not one is not worth measuring.
    fn check(&mut self, original: &Original) -> Result<()> {
        let last = original.tables.last().ok_or("no tables")?;
        let found = self.connection.execute(&format!(
            "SELECT (SELECT count(*) FROM copy.{last}) = (SELECT count(*) FROM {}.{last})",
            original.name
        ))?;
        match found.concat().concat().as_str() {
            "1" => Ok(()),
            other => Err(format!("the copy is not like the original: {other}").into()),
        }
    }
}
