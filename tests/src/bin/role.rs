//! Acquires a server with code that makes a role, or `plain`, without; prints its process ID and holds it until standard input ends.

use std::io::{Read, stdin};
use std::process::Command;

use fixtured::daemons::{self, Postgres};
use fixtured::{Acquire, Instance};
use fixtured_tests::mysql::rows;
use postgres::{Client, NoTls};

fn postgres_role(url: &str) -> Result<(), postgres::Error> {
    let statements = "CREATE ROLE app LOGIN; CREATE TABLE made (by text); ALTER TABLE made OWNER TO app; INSERT INTO made VALUES ('app')";
    Client::connect(url, NoTls)?.batch_execute(statements)
}

fn mysql_account(url: &str) -> Result<(), String> {
    let statements =
        "CREATE USER app; CREATE TABLE made (text text); INSERT INTO made VALUES ('app')";
    let (login, rest) = url
        .trim_start_matches("mysql://root:")
        .split_once('@')
        .unwrap();
    let (address, database) = rest.split_once('/').unwrap();
    let port = address.rsplit(':').next().unwrap();
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-h127.0.0.1", database]);
    client.arg(format!("-p{login}")).arg(format!("-P{port}"));
    let done = client.args(["-e", statements]).output().unwrap();
    match done.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}

fn hold<D>(instance: &Instance<D>) {
    println!("{}", instance.pid());
    stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn made(postgres: &Instance<Postgres>) -> String {
    let mut client = Client::connect(postgres.url(), NoTls).unwrap();
    let query = "SET ROLE app; SELECT by FROM made";
    let rows = client.simple_query(query).unwrap();
    let row = rows.iter().find_map(|row| match row {
        postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    row.unwrap_or_default().into()
}

fn main() -> fixtured::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("postgres") => {
            let postgres = daemons::postgres().init(postgres_role).acquire()?;
            assert_eq!(made(&postgres), "app");
            hold(&postgres);
        }
        Some("mysql") => {
            let mysql = daemons::mysql().init(mysql_account).acquire()?;
            assert_eq!(rows(&mysql, "SELECT text FROM made"), "app");
            hold(&mysql);
        }
        Some("plain-postgres") => hold(&daemons::postgres().acquire()?),
        Some("plain-mysql") => hold(&daemons::mysql().acquire()?),
        other => panic!("{other:?}"),
    }
    Ok(())
}
