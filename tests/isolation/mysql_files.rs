//! Large tables of MySQL and MariaDB, whose files are copied.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtured::Acquire;
use fixtured_tests::mysql::{Database, printed, rows};
use fixtured_tests::scratch_directory;

use super::server;

/// Tables of some megabytes of all kinds, and others that refer to them.
const SCHEMA: &str = "\
CREATE TABLE digits (n int PRIMARY KEY) ENGINE=InnoDB;
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE plain (
    id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL UNIQUE, text varchar(300) CHARACTER SET latin1, twice int AS (small * 2) STORED,
    raw blob, amount decimal(10, 2) DEFAULT 1.5, small int, KEY (text(20)), KEY (small)
);
INSERT INTO plain (name, text, raw) SELECT concat('name ', a.n, b.n, c.n, d.n), repeat(char(65 + a.n), 250), x'00ff'
    FROM digits a, digits b, digits c, digits d WHERE d.n < 6;
ALTER TABLE plain ADD COLUMN later int DEFAULT 9, DROP COLUMN amount;
DELETE FROM plain WHERE id > 5990;
CREATE TABLE parents (id int PRIMARY KEY, child int, text varchar(300));
CREATE TABLE children (id int PRIMARY KEY, parent int, text varchar(300), CONSTRAINT up FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE);
INSERT INTO parents SELECT id, NULL, text FROM plain;
INSERT INTO children SELECT id, id, text FROM plain;
ALTER TABLE parents ADD CONSTRAINT down FOREIGN KEY (child) REFERENCES children (id);
CREATE TABLE packed (id int PRIMARY KEY, text varchar(300)) ROW_FORMAT=COMPRESSED;
INSERT INTO packed SELECT id, concat(sha2(id, 512), sha2(id + 1, 512)) FROM plain;
CREATE TABLE searched (id int PRIMARY KEY, text varchar(300), FULLTEXT (text));
INSERT INTO searched SELECT id, concat(name, text) FROM plain;
CREATE TABLE parts (id int PRIMARY KEY, text varchar(300)) PARTITION BY HASH (id) PARTITIONS 2;
INSERT INTO parts SELECT id, text FROM plain;
CREATE TABLE computed (id int PRIMARY KEY, text varchar(300), start char(5) AS (left(text, 5)) VIRTUAL, KEY (start));
INSERT INTO computed (id, text) SELECT id, text FROM plain;
CREATE TABLE mine (id int PRIMARY KEY, text varchar(300)) ENGINE=MyISAM;
INSERT INTO mine SELECT id, text FROM plain;
CREATE TABLE `odd name` (id int PRIMARY KEY, text varchar(300));
INSERT INTO `odd name` SELECT id, text FROM plain;
CREATE VIEW seen AS SELECT count(*) AS n FROM plain;
CREATE TABLE log (what int);
CREATE TRIGGER logs AFTER INSERT ON plain FOR EACH ROW INSERT INTO log VALUES (NEW.id);
";

const TABLES: &str =
    "plain, parents, children, packed, searched, parts, mine, `odd name`, log, digits";

/// `CHECKSUM TABLE` of MariaDB gives another sum each time if columns are virtual.
const COMPUTED: &str = "SELECT count(*), sum(crc32(concat(id, text, start))) FROM computed";

/// What is in a database: how its tables are made and what they hold, and whether they are intact.
fn contents(database: &impl Database) -> String {
    let shown = TABLES
        .split(", ")
        .map(|table| format!("SHOW CREATE TABLE {table};"));
    let shown: String = shown.collect();
    let all = rows(
        database,
        &format!(
            "{shown} CHECKSUM TABLE {TABLES}; CHECK TABLE {TABLES}, computed EXTENDED; SELECT * FROM seen; {COMPUTED}"
        ),
    );
    all.replace(database.database(), "DATABASE")
}

/// Where the files of large tables are kept.
fn kept(database: &impl Database) -> Vec<PathBuf> {
    let dir = database.socket().parent().unwrap();
    let all = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    all.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("fixtured-t_fixtured_template")
    })
    .collect()
}

fn tables(kept: &Path) -> Vec<String> {
    let all = fs::read_dir(kept)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let tables = all.filter(|path| path.extension().is_some_and(|extension| extension == "ibd"));
    let mut tables: Vec<_> = tables
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    tables.sort();
    tables
}

#[test]
fn they_are_copied_whole() {
    // In a server of its own, where nothing else is kept.
    let acquire = |script: Option<&Path>| {
        let options = server().setting("net_buffer_length", "8192");
        let options = match script {
            Some(script) => options.init(script),
            None => options,
        };
        options.acquire().unwrap()
    };
    let scratch = scratch_directory("files").unwrap();
    let script = scratch.join("schema.sql");
    fs::write(&script, SCHEMA).unwrap();
    let plain = acquire(None);
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-S"]);
    client.arg(plain.socket());
    let client = client
        .arg(plain.database())
        .stdin(fs::File::open(&script).unwrap());
    printed(client.output().unwrap());
    let wanted = contents(&plain);
    assert!(!wanted.to_lowercase().contains("corrupt"), "{wanted}");
    let same = |found: &str| {
        let different = found
            .lines()
            .zip(wanted.lines())
            .find(|(found, wanted)| found != wanted);
        assert_eq!(different, None);
        assert_eq!(found.len(), wanted.len());
    };
    let first = acquire(Some(&script));
    same(&contents(&first));
    let kept = kept(&first);
    let found: Vec<_> = kept.iter().flat_map(|kept| tables(kept)).collect();
    assert_eq!(found, super::COPIED_BY_FILES);
    // Each has tables of its own, which go on where the original ended.
    let changed = "DELETE FROM parents WHERE id < 100; INSERT INTO plain (name, text) VALUES ('new', 'x'); \
                   SELECT last_insert_id(), (SELECT count(*) FROM children), (SELECT what FROM log)";
    let second = acquire(Some(&script));
    let next = rows(&plain, changed);
    assert_eq!(rows(&first, changed), next);
    same(&contents(&second));
    assert_eq!(rows(&second, changed), next);
    // Without the files the rows are copied.
    for kept in &kept {
        fs::remove_dir_all(kept).unwrap();
    }
    for _ in 0..2 {
        same(&contents(&acquire(Some(&script))));
    }
}
