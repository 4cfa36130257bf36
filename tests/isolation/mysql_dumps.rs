//! Scripts as the client program of MySQL or MariaDB reads them, and what its program for dumps writes.

use std::fs::{self, File};
use std::process::Command;

use fixtured::{Acquire, Instance};
use fixtured_tests::mysql::rows;
use fixtured_tests::scratch_directory;

use super::{CLIENT, DUMP, OWN_SCHEMA, Server, server};

/// A client program, for the server of a database.
fn program(name: &str, mysql: &Instance<Server>) -> Command {
    let mut program = Command::new(name);
    program.args(["--no-defaults", "-uroot", "-S"]);
    program.arg(mysql.socket());
    program
}

/// A dump of a database, in which nothing says which database it was and when.
fn dump(mysql: &Instance<Server>, options: &[&str]) -> Vec<u8> {
    let mut program = program(DUMP, mysql);
    let all = ["--routines", "--events", "--triggers", "--skip-comments"];
    let dump = program.args(all).args(options).arg(mysql.database());
    let output = dump.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// What is in a database.
fn contents(mysql: &Instance<Server>) -> String {
    let dumped = String::from_utf8(dump(mysql, &["--hex-blob"])).unwrap();
    dumped.replace(mysql.database(), "DATABASE")
}

/// Compares two dumps, which are long.
fn same(ours: &str, theirs: &str, what: &str) {
    let mut pairs = ours.lines().zip(theirs.lines());
    if let Some((ours, theirs)) = pairs.find(|(ours, theirs)| ours != theirs) {
        panic!("{what}\n  {ours}\n  {theirs}");
    }
    assert_eq!(ours.len(), theirs.len(), "{what}");
}

fn acquire(scripts: &[&[u8]]) -> fixtured::Result<Instance<Server>> {
    let scratch = scratch_directory("scripts").unwrap();
    for (number, script) in scripts.iter().enumerate() {
        fs::write(scratch.join(format!("{number}.sql")), script).unwrap();
    }
    server().init(scratch.to_path_buf()).acquire()
}

const CORPUS: [&str; 9] = [
    // Quotes and comments.
    "CREATE TABLE log (a text);\nINSERT INTO log VALUES ('a;b'), (\"c\\\";d\"), ('it''s;'), ('`');-- it's; \n\
     INSERT INTO log SELECT `x;` FROM (SELECT 1 AS `x;`) t; # it's;\nINSERT INTO log SELECT 2 --1; -- ;\n;\n/* it's; */\n\
     INSERT INTO log SELECT 3 -- it's;\n; INSERT INTO log VALUES ('--\n#'), ('/*'); --\nINSERT INTO log VALUES ('*/') /*/ ; /*/;",
    // Comments that the server executes.
    "CREATE TABLE log (a text);\n/*!40101 SET @a = ';' */;\n/*M!100100 INSERT INTO log VALUES (@a) */;\n\
     INSERT INTO log SELECT 1 /*!40101 + '*/' */ /*!999999 + nonsense */;\nINSERT INTO log SELECT /*+ ; */ 2;\n/*!999999 SELECT 'nothing' */;",
    // Delimiters.
    "CREATE TABLE log (a text);\n  DELIMITER $$\nINSERT INTO log VALUES (1);$$ INSERT INTO log SELECT 2$$\n\
     INSERT INTO log VALUES ('\nDELIMITER x\n') /*\ndelimiter y\n*/\n$$\ndelimiter \"//\"\nINSERT INTO log VALUES (3)//\nDELIMITER END\n\
     INSERT INTO log VALUES (4)END INSERT INTO log SELECT 5 END\ndelimiter ;\nINSERT INTO log VALUES (6);\nINSERT INTO log VALUES (7)",
    // Other ends.
    "CREATE TABLE log (a text)\\g INSERT INTO log VALUES (1)\\G INSERT INTO log VALUES (\\N), ('\\g')\\g\n\\W\nwarnings\nINSERT INTO log VALUES (2);\nnowarning",
    // Modes that change quotes.
    "CREATE TABLE log (a text);\nSET sql_mode = NO_BACKSLASH_ESCAPES;\nINSERT INTO log VALUES ('\\'); INSERT INTO log VALUES ('a');\n\
     SET @@session.sql_mode = concat(@@sql_mode, ',ANSI_QUOTES'); INSERT INTO log SELECT \"x\\\" FROM (SELECT 1 AS \"x\\\") t;\n\
     SET sql_mode = '';\nINSERT INTO log VALUES ('\\';'), (\"\\\";\");",
    // Character sets.
    "\u{feff}CREATE TABLE log (a text CHARACTER SET utf8mb4);\r\ncharset latin1\r\nINSERT INTO log VALUES ('é');\r\n\
     SET NAMES utf8mb4;\r\nINSERT INTO log VALUES ('é');\r\nDELIMITER //\r\nINSERT INTO log VALUES ('\u{1f980}')//\r\ndelimiter ;\r\n",
    // Stored programs.
    "CREATE TABLE log (a text);\nDELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE INSERT ON log \
     FOR EACH ROW BEGIN\n  SET NEW.a = concat(NEW.a, ';');\nEND */;;\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; INSERT INTO log VALUES ('p'); END;;\n\
     DELIMITER ;\nCALL p(); INSERT INTO log VALUES (1);",
    // Locks and transactions.
    "CREATE TABLE log (a text);\nLOCK TABLES log WRITE;\n/*!40000 ALTER TABLE log DISABLE KEYS */;\nINSERT INTO log VALUES (0x27, 1);\n",
    "CREATE TABLE log (a int);\nSET autocommit = 0;\nINSERT INTO log VALUES (1);\ncommit;\nSTART TRANSACTION; INSERT INTO log VALUES (2); ROLLBACK;\n\
     PREPARE s FROM 'INSERT INTO log VALUES (3)'; EXECUTE s; COMMIT; UNLOCK TABLES;",
];

/// They may also be in other character sets, which they name.
const LATIN1: &[u8] = b"SET NAMES latin1;\nCREATE TABLE log (a text CHARACTER SET utf8mb4);\nINSERT INTO log VALUES ('\xe9');\n\
                        SET NAMES utf8mb4; INSERT INTO log VALUES ('\xc3\xa9'), (0xc3a9);\n";

#[test]
fn scripts_do_what_the_client_program_does() {
    let scratch = scratch_directory("corpus").unwrap();
    let path = scratch.join("script.sql");
    let corpus = CORPUS.iter().map(|script| script.as_bytes());
    for script in corpus.chain([LATIN1]) {
        let shown = String::from_utf8_lossy(script);
        let plain = server().acquire().unwrap();
        fs::write(&path, script).unwrap();
        let mut client = program(CLIENT[0], &plain);
        client.args(CLIENT.iter().skip(1));
        client.arg("--default-character-set=utf8mb4");
        let client = client
            .arg(plain.database())
            .stdin(File::open(&path).unwrap());
        let reference = client.output().unwrap();
        let ours = acquire(&[script]);
        match ours {
            Ok(ours) => {
                assert!(reference.status.success(), "{shown}\n{reference:?}");
                same(&contents(&ours), &contents(&plain), &shown);
            }
            Err(error) => assert!(!reference.status.success(), "{shown}\n{error}"),
        }
    }
}

/// What a database may hold, and dumps have. What the servers have of their own is in `OWN_SCHEMA`.
const SCHEMA: &str = r#"
CREATE TABLE kinds (
    id int AUTO_INCREMENT PRIMARY KEY COMMENT 'a; "comment"', flags bit(3), choice enum('a;', 'b''') DEFAULT 'a;', raw blob, shape point NOT NULL,
    document json, old varchar(20) CHARACTER SET latin1, hidden int INVISIBLE DEFAULT 7, total int AS (hidden * 2) STORED, more int AS (hidden + 1) VIRTUAL,
    moment timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6), key_part varchar(10) DEFAULT (concat('x', 'y')),
    SPATIAL KEY (shape), KEY more (more), FULLTEXT KEY (old), CONSTRAINT choices CHECK (choice <> 'c')
) COMMENT 'of all kinds';
INSERT INTO kinds (id, flags, choice, raw, shape, document, old, hidden, moment) VALUES
    (3, b'101', 'b''', 0x00ff275c0a0d1a22, point(1, 2), '{"a": "\\"; \\n"}', 'süß', 8, '2020-02-02 02:02:02.020202'),
    (4, NULL, NULL, '', point(0, 0), NULL, '\'; -- \\', NULL, '2020-02-02 02:02:03');
ALTER TABLE kinds AUTO_INCREMENT = 50;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
CREATE TABLE parents (id int AUTO_INCREMENT PRIMARY KEY, child int) ROW_FORMAT=COMPRESSED;
CREATE TABLE children (id int PRIMARY KEY, parent int, CONSTRAINT up FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE);
ALTER TABLE parents ADD CONSTRAINT down FOREIGN KEY (child) REFERENCES children (id);
INSERT INTO parents VALUES (0, NULL);
INSERT INTO children VALUES (1, 0);
UPDATE parents SET child = 1;
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (year(at)) (PARTITION old VALUES LESS THAN (2020), PARTITION new VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (1, '2019-01-01'), (2, '2021-01-01');
CREATE TABLE plain (a int) ENGINE=MyISAM;
INSERT INTO plain VALUES (1);
CREATE ALGORITHM=MERGE VIEW first AS SELECT id, old FROM kinds WHERE id > 1 WITH CHECK OPTION;
CREATE SQL SECURITY INVOKER VIEW after AS SELECT id FROM first;
DELIMITER //
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC COMMENT 'it''s; n' BEGIN DECLARE m int; SET m = n * 2; RETURN m; END//
CREATE PROCEDURE `odd ``name`(OUT n int) MODIFIES SQL DATA SELECT count(*) INTO n FROM kinds//
CREATE TRIGGER later BEFORE INSERT ON plain FOR EACH ROW BEGIN SET NEW.a = NEW.a + 1; END//
CREATE TRIGGER earlier BEFORE INSERT ON plain FOR EACH ROW PRECEDES later SET NEW.a = NEW.a * 2//
SET sql_mode = 'ANSI_QUOTES'//
CREATE EVENT ends ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO BEGIN DELETE FROM "plain"; END//
DELIMITER ;
ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_german1_ci;
"#;

#[test]
fn what_is_dumped_is_restored_and_copied() {
    let (own, words) = OWN_SCHEMA;
    let original = acquire(&[own.as_bytes(), SCHEMA.as_bytes()]).unwrap();
    let all = contents(&original);
    for text in words.iter().chain(&["INVISIBLE", "EVENT `ends`"]) {
        assert!(all.contains(text), "{text}\n{all}");
    }
    let plain = [
        &[][..],
        &["--databases"],
        &["--databases", "--add-drop-database"],
        &["--hex-blob", "--skip-extended-insert", "--skip-quote-names"],
        &[
            "--single-transaction",
            "--skip-opt",
            "--create-options",
            "--comments",
        ],
        &["--no-autocommit", "--complete-insert", "--disable-keys"],
    ];
    for options in plain {
        let dumped = dump(&original, options);
        let lines = dumped.split(|byte| *byte == b'\n');
        let windows = lines.collect::<Vec<_>>().join(&b"\r\n"[..]);
        let windows = ["\u{feff}".as_bytes(), &windows].concat();
        let scripts = [dumped, windows];
        for script in scripts.iter().take(if options.is_empty() { 2 } else { 1 }) {
            let copy = acquire(&[script]).unwrap();
            // Dumps of triggers restore it too.
            let collation = rows(&copy, "SELECT @@collation_database");
            assert_eq!(collation, "latin1_german1_ci");
            same(&contents(&copy), &all, &format!("{options:?}"));
        }
    }
}

#[test]
fn what_cannot_be_done_is_refused_by_line() {
    for (script, place, reason) in [
        (
            "SELECT 1;\nsource other.sql\n",
            "line 2, failed\n  statement: source other.sql",
            "a command of the `mysql` program, not a statement\n  to do:   use a directory",
        ),
        (
            "SELECT 1;\n\\. other.sql\n",
            "line 2, failed\n  statement: \\. other.sql",
            "use a directory",
        ),
        (
            "\\! touch x\n",
            "line 1, failed\n  statement: \\! touch x",
            "remove it",
        ),
        (
            "\n\ndelimiter\n",
            "line 3, failed\n  statement: delimiter",
            "write the delimiter after it",
        ),
        (
            "CREATE DATABASE a;\nUSE a;\nCREATE TABLE t (a int);\nCREATE DATABASE b;\n",
            "line 4, failed\n  statement: CREATE DATABASE b",
            "stands for `a` here, so there is none for `b`",
        ),
        (
            "use mysql\n",
            "line 1, failed\n  statement: use mysql",
            "without --all-databases",
        ),
        (
            "\nCREATE DEFINER=`app`@`%` VIEW v AS SELECT 1;",
            "line 2, failed\n  statement: CREATE DEFINER",
            "The user specified as a definer ('app'@'%') does not exist\n  to do:   create the account before",
        ),
        (
            "/*!50003 CREATE*/ /*!50017 DEFINER=`app`@`%`*/ /*!50003 PROCEDURE p() SELECT 1 */;",
            "line 1, failed",
            "'app'@'%'",
        ),
    ] {
        let text = acquire(&[script.as_bytes()])
            .map(drop)
            .unwrap_err()
            .to_string();
        assert!(text.contains(place) && text.contains(reason), "{text}");
    }
    let recoded: Vec<_> = "\u{feff}SELECT 1;"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let text = acquire(&[&recoded]).map(drop).unwrap_err().to_string();
    assert!(text.contains("line 1: it is UTF-16"), "{text}");
    let plain = server().acquire().unwrap();
    assert_eq!(
        rows(
            &plain,
            "SHOW DATABASES WHERE `Database` IN ('a', 'b', 'app')"
        ),
        ""
    );
}
