//! Databases in a server of MySQL's protocol that is there already, and that others use too.

use std::process::Command;

use fixtured::Acquire;
use fixtured_tests::mysql::{printed, rows};
use fixtured_tests::{Holder, eventually, scratch_directory, supervisor_of};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn holder(arguments: &[&str], environment: &[(&str, &str)]) -> Holder {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
    command.args(arguments);
    command.envs(environment.iter().copied());
    Holder::start(command).unwrap()
}

/// What the client program says to statements in the database of a URL.
fn at(url: &str, statements: &str) -> String {
    let (login, database) = url.rsplit_once('/').unwrap();
    let (login, port) = login.rsplit_once(':').unwrap();
    let user = login.strip_prefix("mysql://").unwrap();
    let (user, _) = user.split_once(':').unwrap();
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-h127.0.0.1",
        "-BN",
        "-P",
        port,
        "-u",
        user,
    ]);
    client.args(["-e", statements, database]);
    printed(client.env("MYSQL_PWD", "p@ss").output().unwrap())
}

/// What others have in a server, and its variables.
const OTHERS: &str = "\
    SELECT schema_name FROM information_schema.schemata ORDER BY schema_name; SELECT * FROM theirs.data; \
    SELECT user, host FROM mysql.user ORDER BY user, host; SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE '%gtid%'; \
    SELECT * FROM mysql.db ORDER BY db, user";

/// Tests have databases in a server over TCP, by an administrator's account and by one that has rights only on databases that are called so;
/// then nothing is left of them, and everything is there that others have.
#[test]
fn they_are_had_by_a_password() {
    let server = &super::server().start().unwrap();
    let (by, url) = (super::BY_PASSWORD, server.url());
    let account = format!(
        "CREATE DATABASE theirs; CREATE DATABASE t_theirs_1; CREATE TABLE theirs.data AS SELECT 7 AS a; \
         CREATE USER 'ci'@'%' IDENTIFIED {by}; GRANT ALL ON *.* TO 'ci'@'%' WITH GRANT OPTION; \
         CREATE USER small IDENTIFIED {by}; GRANT ALL ON `t\\_%`.* TO small; \
         CREATE USER reader IDENTIFIED {by}; GRANT SELECT ON theirs.* TO reader"
    );
    rows(server, &account);
    let before = rows(server, OTHERS);
    let scratch = scratch_directory("existing-mysql").unwrap();
    let script = scratch.join("init.sql");
    let init =
        "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1); GRANT SELECT ON * TO reader;";
    std::fs::write(&script, init).unwrap();
    let (login, _) = url.rsplit_once('/').unwrap();
    let (_, port) = login.rsplit_once(':').unwrap();
    let there = format!("mysql://ci:p%40ss@127.0.0.1:{port}/theirs");
    let directory = scratch.join("sessions");
    std::fs::create_dir(&directory).unwrap();
    let arguments = ["initialised-mysql", script.to_str().unwrap()];
    let environment = [("FIXTURED_MYSQL_URL", there.as_str())];
    let alone = [
        environment[0],
        ("FIXTURED_DIR", directory.to_str().unwrap()),
    ];
    let mut first = holder(&arguments, &environment);
    let mut killed = holder(&arguments, &alone);
    let given = [
        first.ask().unwrap(),
        first.ask().unwrap(),
        killed.ask().unwrap(),
    ];
    for holding in &given {
        assert_eq!(at(&holding.url, "SELECT a FROM mine"), "1", "{holding:?}");
        let reader = holding.url.replace("//ci:", "//reader:");
        assert_eq!(at(&reader, "SELECT a FROM mine"), "1", "{holding:?}");
        let (_, name) = holding.url.rsplit_once('/').unwrap();
        assert!(rows(server, "SHOW DATABASES").contains(name));
    }
    let plain = there.replace("//ci:", "//small:");
    let mut small = holder(&["mysql"], &[("FIXTURED_MYSQL_URL", plain.as_str())]);
    let holding = small.ask().unwrap();
    at(&holding.url, "CREATE TABLE mine (a int)");
    drop(small);
    // The next session in the same directory sweeps up after one that was killed.
    let supervisor = supervisor_of(&given[2].session()).unwrap();
    kill(Pid::from_raw(supervisor.pid as i32), Signal::SIGKILL).unwrap();
    drop(killed);
    assert_eq!(at(&given[0].url, "SELECT a FROM mine"), "1");
    drop(first);
    drop(holder(&arguments, &alone).ask().unwrap());
    eventually("nothing is left but what others have", || {
        (rows(server, OTHERS) == before).then_some(())
    });
}
