//! What a test gets of its own inside a shared PostgreSQL server, and what it starts from.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, ErrorKind, Instance, daemons, fixture};
use fixtured_tests::{eventually, processes};
use postgres::{Client, NoTls};

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).unwrap().get(0)
}

/// As many tests at the same time write the same keys.
#[test]
fn two_hundred_tests_write_the_same_and_see_only_their_own() {
    let write = |_| {
        let postgres = daemons::postgres().init("migrations").acquire().unwrap();
        let mut client = client(&postgres);
        assert_eq!(number(&mut client, "SELECT count(*) FROM users"), 1);
        assert_eq!(number(&mut client, "SELECT count_posts()"), 0);
        client
            .batch_execute("INSERT INTO users (name) VALUES ('same'); CREATE TABLE mine (a int); INSERT INTO posts (author) VALUES (2)")
            .unwrap();
        assert_eq!(number(&mut client, "SELECT count_posts()"), 1);
        (postgres.pid(), postgres.database().to_owned())
    };
    let run = |_| thread::spawn(move || (0..25).map(write).collect::<Vec<_>>());
    let threads: Vec<_> = (0..8).map(run).collect();
    let given = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap());
    let (servers, databases): (BTreeSet<_>, BTreeSet<_>) = given.unzip();
    assert_eq!((servers.len(), databases.len()), (1, 200));
}

// A server of its own, since a failure beside the roles of others is tried again in another one.
#[fixture(
    postgres,
    init = "migrations",
    extensions = ["citext", "earthdistance"],
    roles = ["app", "it's \"me\""],
    setting("work_mem", "35MB")
)]
#[test]
fn what_was_asked_for_is_in_every_database(postgres: &Instance<Postgres>) {
    let mut client = client(postgres);
    let found = number(
        &mut client,
        "SELECT count(*) FROM pg_extension WHERE extname IN ('citext', 'cube', 'earthdistance')",
    );
    assert_eq!(found, 3);
    let as_app = postgres.url().replace("//postgres:", "//app:");
    let mut app = Client::connect(&as_app, NoTls).unwrap();
    let who: String = app
        .query_one("SELECT current_user::text", &[])
        .unwrap()
        .get(0);
    assert_eq!(who, "app");
    assert_eq!(
        number(
            &mut client,
            "SELECT count(*) FROM pg_roles WHERE rolname = 'it''s \"me\"'"
        ),
        1
    );
}

#[fixture(
    postgres,
    settings(work_mem = "7MB"),
    setting("random_page_cost", "3"),
    replication = true
)]
#[test]
fn a_server_can_be_replicated(postgres: &Instance<Postgres>) {
    let mut client = client(postgres);
    let create =
        "SELECT slot_name::text FROM pg_create_logical_replication_slot('s', 'test_decoding')";
    let name: String = client.query_one(create, &[]).unwrap().get(0);
    assert_eq!(name, "s");
    let memory: String = client.query_one("SHOW work_mem", &[]).unwrap().get(0);
    assert_eq!(memory, "7MB");
    let cost: String = client
        .query_one("SHOW random_page_cost", &[])
        .unwrap()
        .get(0);
    assert_eq!(cost, "3");
    let kept: String = client
        .query_one("SHOW max_slot_wal_keep_size", &[])
        .unwrap()
        .get(0);
    assert_eq!(kept, "1GB");
}

#[test]
fn without_isolation_tests_share_on_purpose() {
    let shared = || daemons::postgres().isolation("none").acquire().unwrap();
    let (first, second) = (shared(), shared());
    assert_eq!(
        (first.database(), second.database()),
        ("postgres", "postgres")
    );
    let table = format!("shared_{}", std::process::id());
    client(&first)
        .batch_execute(&format!("CREATE TABLE {table} (a int)"))
        .unwrap();
    client(&second)
        .batch_execute(&format!("INSERT INTO {table} VALUES (1)"))
        .unwrap();
    // It is the server that everybody else uses.
    let isolated = daemons::postgres().acquire().unwrap();
    assert_eq!(isolated.pid(), first.pid());
    assert!(
        client(&isolated)
            .query(&format!("SELECT * FROM {table}"), &[])
            .is_err()
    );
    let error = daemons::postgres()
        .isolation("some")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot start `postgres`: unknown isolation `some`, expected \"database\" or \"none\""
    );
    let error = daemons::postgres()
        .isolation("none")
        .init("migrations")
        .acquire()
        .map(drop);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn the_variables_of_its_client_programs_lead_to_the_database() {
    let postgres = daemons::postgres().init("migrations").acquire().unwrap();
    let mut psql = Command::new("psql");
    psql.args(["-Atc", "SELECT current_database(), count(*) FROM users"]);
    let output = psql.envs(postgres.variables()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said.trim(),
        format!("{}|1", postgres.database()),
        "{output:?}"
    );
}

#[test]
fn databases_that_were_given_back_are_dropped() {
    let options = || {
        daemons::postgres()
            .setting("work_mem", "9MB")
            .init("migrations")
    };
    let kept = options().acquire().unwrap();
    let mut client = client(&kept);
    let given: Vec<_> = (0..20)
        .map(|_| options().acquire().unwrap().database().to_owned())
        .collect();
    eventually("they are dropped", || {
        let rows = client
            .query("SELECT datname::text FROM pg_database", &[])
            .unwrap();
        let left: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        // The one that is kept, the template, and eight ahead at most.
        let spare = left.iter().filter(|name| name.starts_with("t_")).count();
        (!given.iter().any(|name| left.contains(name)) && spare <= 10).then_some(())
    });
}

#[test]
fn a_version_is_one_of_those_that_are_installed() {
    let plain = daemons::postgres().start().unwrap();
    let row = client(&plain)
        .query_one("SHOW server_version_num", &[])
        .unwrap();
    let major = row.get::<_, String>(0).parse::<u32>().unwrap() / 10_000;
    let chosen = daemons::postgres()
        .version(major.to_string())
        .acquire()
        .unwrap();
    let row = client(&chosen)
        .query_one("SHOW server_version_num", &[])
        .unwrap();
    assert_eq!(
        row.get::<_, String>(0).parse::<u32>().unwrap() / 10_000,
        major
    );
    let error = daemons::postgres()
        .version("7")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
    let text = error.to_string();
    assert!(
        text.starts_with("cannot start `postgres`: `postgres` version 7 is not installed: /"),
        "{text}"
    );
    assert!(
        text.contains(&format!("has postgres (PostgreSQL) {major}.")),
        "{text}"
    );
    assert!(
        !processes()
            .iter()
            .any(|process| process.command.contains("postgres --version"))
    );
}
