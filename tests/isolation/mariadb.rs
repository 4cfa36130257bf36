//! MariaDB.

use std::process::Command;

use fixtured::Acquire;
use fixtured::daemons::{Mariadb as Server, mariadb as server};
use fixtured_tests::mysql::rows;
use fixtured_tests::without_runner;

/// What numbers the rows of a table, and what must be made before it.
const NUMBERED: (&str, &str) = (
    "CREATE SEQUENCE numbers START WITH 7;\n",
    "DEFAULT nextval(numbers)",
);

/// What it says to a text that is no number.
const INTEGER: &str = "ERROR 1366 (22007): Incorrect integer value: 'x'";

/// How long a statement may take.
const LIMIT: (&str, &str) = ("max_statement_time", "0.1");

/// Its client program, and that which dumps a database.
const CLIENT: &[&str] = &["mariadb"];
const DUMP: &str = "mariadb-dump";

/// What only its databases hold, and words of it that a dump has.
const OWN_SCHEMA: (&str, &[&str]) = (
    "CREATE TABLE safe (a int) ENGINE=Aria TRANSACTIONAL=1;
     INSERT INTO safe VALUES (2);
     CREATE TABLE versions (a int) WITH SYSTEM VERSIONING;
     INSERT INTO versions VALUES (1);
     CREATE SEQUENCE numbers START WITH 10 INCREMENT BY 5;
     DO nextval(numbers);
     CREATE TABLE numbered (id int DEFAULT nextval(numbers), KEY absent (id) IGNORED);",
    &["WITH SYSTEM VERSIONING", "nextval", "PARTITION `old`"],
);

#[path = "mysql_dumps.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod dumps;
/// The tables whose files are copied.
const COPIED_BY_FILES: &[&str] = &[];

/// How an account proves who it is by a password.
const BY_PASSWORD: &str = "BY 'p@ss'";

#[path = "mysql_existing.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod existing;
#[path = "mysql_files.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod files;
#[path = "mysql_init.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod init;

#[test]
fn what_keeps_one_out_of_an_existing_server_is_said() {
    let server = server().start().unwrap();
    let accounts = "CREATE USER ci IDENTIFIED BY 'p@ss'; INSTALL SONAME 'auth_ed25519'; \
                    CREATE USER modern IDENTIFIED VIA ed25519 USING PASSWORD('p@ss')";
    rows(&server, accounts);
    for (login, wanted) in [
        ("ci:wrong", "Access denied for user 'ci'@"),
        (
            "modern:p%40ss",
            "its account logs in by `client_ed25519`, which fixtured does not know",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keep"));
        without_runner(&mut command);
        let url = format!("mysql://{login}@127.0.0.1:{}/", server.port());
        let command = command.arg("mysql").env("FIXTURED_MYSQL_URL", url);
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let place = format!("cannot connect to `mysql` at 127.0.0.1:{}: ", server.port());
        assert!(
            !output.status.success() && text.contains(&place) && text.contains(wanted),
            "{text}"
        );
        assert!(!text.contains("wrong") && !text.contains("p@ss"), "{text}");
    }
}
