//! What every test's database in MySQL or MariaDB starts from: scripts and code.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtured::{Acquire, ErrorKind};
use fixtured_tests::mysql::{asked, printed, rows};
use fixtured_tests::{eventually, scratch_directory};

use super::{INTEGER, LIMIT, NUMBERED, server};

/// Everything that a database can hold, as scripts make it. What the servers have of their own is in `NUMBERED`.
const SCHEMA: &str = r#"
CREATE TABLE authors (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL UNIQUE) ENGINE=InnoDB;
INSERT INTO authors (name) VALUES ('Ann'), ('Bob; the "second"');
CREATE TABLE books (
    id int NUMBERED PRIMARY KEY, author int NOT NULL, title varchar(50) DEFAULT 'un`titled',
    shout varchar(50) AS (upper(title)) STORED, made timestamp NULL DEFAULT '2020-02-02 02:02:02',
    FOREIGN KEY (author) REFERENCES authors (id) ON DELETE CASCADE, CHECK (length(title) > 1), FULLTEXT (title)
);
INSERT INTO books (author) VALUES (1), (2);
CREATE TABLE log (what text); -- everything
CREATE VIEW zero AS SELECT 0 AS nothing;
# A view of a view whose name comes later.
CREATE VIEW b_names AS SELECT name, twice(id) AS double_id FROM authors WHERE name LIKE 'B%';
CREATE VIEW a_names AS SELECT name, double_id + nothing AS n FROM b_names, zero;
DELIMITER //
CREATE TRIGGER logs AFTER INSERT ON books FOR EACH ROW BEGIN INSERT INTO log VALUES (NEW.title); END//
CREATE PROCEDURE add_book(IN named varchar(50))
BEGIN
    IF named <> '' THEN INSERT INTO books (author, title) VALUES (2, named); END IF;
END //
CREATE EVENT later ON SCHEDULE EVERY 1 DAY DO DELETE FROM log //
DELIMITER ;
ALTER DATABASE COLLATE latin1_swedish_ci;
"#;

#[test]
fn everything_that_scripts_make_is_in_every_database() {
    let scratch = scratch_directory("schema").unwrap();
    let function = "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT';\nCREATE FUNCTION twice(n int) RETURNS int RETURN \"n\" || 2;";
    fs::write(scratch.join("1_function.sql"), function).unwrap();
    let (before, numbered) = NUMBERED;
    let schema = SCHEMA.replace("NUMBERED", numbered);
    fs::write(scratch.join("2_schema.sql"), format!("{before}{schema}")).unwrap();
    let acquire = || server().init(scratch.to_path_buf()).acquire().unwrap();
    // The first is made when it is asked for, the next ones may have been made ahead.
    for mysql in [acquire(), acquire(), acquire()] {
        let ask = |statements: &str| rows(&mysql, statements);
        assert_eq!(ask("SELECT * FROM a_names"), "Bob; the \"second\"\t22");
        assert_eq!(
            ask("SELECT author, title, shout, made FROM books WHERE author = 1"),
            "1\tun`titled\tUN`TITLED\t2020-02-02 02:02:02"
        );
        assert_eq!(
            ask("INSERT INTO authors (name) VALUES ('Cid'); SELECT last_insert_id()"),
            "3"
        );
        assert_eq!(ask("CALL add_book('new'); SELECT * FROM log"), "new");
        assert_eq!(
            ask("SELECT count(*), count(DISTINCT id) FROM books"),
            "3\t3"
        );
        assert_eq!(
            ask("DELETE FROM authors WHERE id = 2; SELECT count(*) FROM books"),
            "1"
        );
        assert_eq!(ask("SELECT @@collation_database"), "latin1_swedish_ci");
        let events =
            "SELECT event_name FROM information_schema.events WHERE event_schema = database()";
        assert_eq!(ask(events), "later");
        let refused = asked(&mysql, "INSERT INTO books (author, title) VALUES (1, 'x')");
        let said = String::from_utf8_lossy(&refused.stderr).to_lowercase();
        assert!(said.contains("constraint"), "{said}");
        // Nothing in it speaks of the database that it was made like.
        let others = ask(
            "SELECT count(*) FROM information_schema.views WHERE table_schema = database() AND view_definition LIKE '%template%'",
        );
        assert_eq!(others, "0");
    }
}

#[test]
fn a_script_that_fails_is_named_with_its_statement() {
    let scratch = scratch_directory("failing").unwrap();
    let path = scratch.join("bad.sql");
    // Other tests have templates too; these are in a server of ours.
    let options = || server().setting("net_buffer_length", "4096");
    for (script, place, reason) in [
        (
            "CREATE TABLE a (b int);\n\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES ('x');\n-- end\n",
            "line 4, failed\n  statement: INSERT INTO a VALUES ('x')",
            INTEGER,
        ),
        (
            "SELECT 1;\nDELIMITER $$\nSELECT 2$$\n\nCREATE NONSENSE\n$$\n",
            "line 5, failed\n  statement: CREATE NONSENSE",
            "ERROR 1064 (42000)",
        ),
        (
            "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END;\nDROP TABLE missing;",
            "line 2, failed\n  statement: DROP TABLE missing",
            "ERROR 1051 (42S02)",
        ),
        (
            "CREATE TABLE a (b int);\nSTART TRANSACTION;\nINSERT INTO a VALUES (1);\n",
            "line 3, failed\n  statement: the end of the script",
            "it leaves a transaction open",
        ),
        (
            "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE a",
            "line 1, failed\n  statement: LOAD DATA",
            "ERROR ",
        ),
    ] {
        fs::write(&path, script).unwrap();
        let acquired = options().init(path.as_path()).acquire().map(drop);
        let text = acquired.unwrap_err().to_string();
        assert!(text.contains(place) && text.contains(reason), "{text}");
        let headline = format!("migration {}, line ", path.display());
        assert!(text.starts_with(&headline), "{text}");
    }
    // What is half done is gone.
    let plain = options().acquire().unwrap();
    eventually("it is dropped", || {
        let left = rows(&plain, "SHOW DATABASES LIKE '%fixtured_template%'");
        left.is_empty().then_some(())
    });
}

#[test]
fn settings_of_the_server_do_not_keep_it_from_making_databases() {
    let scratch = scratch_directory("settings").unwrap();
    let path = scratch.join("slow.sql");
    let script = "CREATE TABLE \"slow\" (n int);\nINSERT INTO \"slow\" SELECT sleep(0.2);\n";
    fs::write(&path, script).unwrap();
    let settings = [
        LIMIT,
        ("sql_mode", "ANSI_QUOTES,STRICT_ALL_TABLES"),
        ("transaction-read-only", "1"),
        ("autocommit", "0"),
        ("wait_timeout", "1"),
        ("lower_case_table_names", "1"),
        ("default_storage_engine", "MyISAM"),
        ("character_set_server", "latin1"),
        ("lc_messages", "de_DE"),
    ];
    let acquire = || {
        let options = server().settings(settings);
        options.init(path.as_path()).acquire().unwrap()
    };
    let first = acquire();
    let engine = "SELECT engine, n FROM slow, information_schema.tables WHERE table_name = 'slow' AND table_schema = database()";
    assert_eq!(rows(&first, engine), "MyISAM\t0");
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-BNe", "SELECT 1"]);
    assert_eq!(
        printed(client.envs(first.variables()).output().unwrap()),
        "1"
    );
    // By then the server has ended our connection.
    let (limit, _) = LIMIT;
    let waited = rows(&first, &format!("SET {limit} = 0; SELECT sleep(1.5)"));
    assert_eq!(waited, "0");
    assert_eq!(rows(&acquire(), engine), "MyISAM\t0");
}

#[test]
fn a_script_that_takes_too_long_is_named_and_ended() {
    let scratch = scratch_directory("sleeping-mysql").unwrap();
    let path = scratch.join("sleeping.sql");
    let options = || server().timeout("6s");
    let plain = options().acquire().unwrap();
    fs::write(
        &path,
        "CREATE TABLE a (b int);\n\nSELECT sleep(1000);\nCREATE TABLE c (d int);",
    )
    .unwrap();
    let acquired = options().init(path.as_path()).acquire().map(drop);
    let error = acquired.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
    let wanted = format!(
        "migration {}, line 3, failed\n  statement: SELECT sleep(1000)\n  server:  not done within 6 s",
        path.display()
    );
    assert!(error.to_string().starts_with(&wanted), "{error}");
    eventually("the server has nothing more to do with it", || {
        let sleeping = "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT sleep%' UNION ALL SELECT 1 FROM information_schema.schemata WHERE schema_name LIKE '%fixtured_template%'";
        rows(&plain, sleeping).is_empty().then_some(())
    });
}

/// Rows in two characters that are four bytes long, by the code of the tests.
fn migrate(url: &str) -> Result<(), String> {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    assert_eq!(RUNS.fetch_add(1, Ordering::Relaxed), 0);
    let (login, database) = url.rsplit_once('/').ok_or("no database")?;
    let (login, port) = login.rsplit_once(':').ok_or("no port")?;
    let password = login
        .strip_prefix("mysql://root:")
        .and_then(|rest| rest.strip_suffix("@127.0.0.1"));
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-uroot",
        "-h127.0.0.1",
        "-P",
        port,
        database,
        "-e",
    ]);
    client.arg("SET NAMES utf8mb4; CREATE TABLE made (by_whom text CHARACTER SET utf8mb4, raw blob); INSERT INTO made VALUES ('\u{1f980}', x'00ff27')");
    client.env("MYSQL_PWD", password.ok_or("no password")?);
    printed(client.output().map_err(|error| error.to_string())?);
    Ok(())
}

#[test]
fn code_prepares_once_while_all_others_wait() {
    let acquire = |_| {
        thread::spawn(|| {
            let mysql = server().init(migrate).acquire().unwrap();
            let found = rows(
                &mysql,
                "SELECT hex(by_whom), hex(raw) FROM made; INSERT INTO made VALUES ('', '')",
            );
            assert_eq!(found, "F09FA680\t00FF27");
            (mysql.pid(), mysql.database().to_owned())
        })
    };
    let threads: Vec<_> = (0..20).map(acquire).collect();
    let given = threads.into_iter().map(|thread| thread.join().unwrap());
    let (servers, databases): (BTreeSet<_>, BTreeSet<_>) = given.unzip();
    assert_eq!((servers.len(), databases.len()), (1, 20));
}
