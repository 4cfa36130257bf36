//! Databases that are reset to what they were at the beginning, by those who use them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons, fixture};
use fixtured_tests::mysql::{Database, rows};
use fixtured_tests::{eventually, scratch_directory};
use postgres::{Client, NoTls};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

fn users(client: &mut Client) -> i64 {
    let query = "SELECT count(*) FROM users";
    client.query_one(query, &[]).unwrap().get(0)
}

fn acquire() -> Instance<Postgres> {
    let options = daemons::postgres().init("migrations");
    options.setting("work_mem", "33MB").acquire().unwrap()
}

#[test]
fn two_hundred_resets_leave_nothing() {
    let postgres = acquire();
    let (url, database) = (postgres.url().to_owned(), postgres.database().to_owned());
    for _ in 0..200 {
        let mut client = client(&postgres);
        assert_eq!(users(&mut client), 1);
        client
            .batch_execute("INSERT INTO users (name) VALUES ('a'); CREATE TABLE mine (b int)")
            .unwrap();
        postgres.reset().unwrap();
        client.batch_execute("SELECT 1").unwrap_err();
    }
    assert_eq!((postgres.url(), postgres.database()), (&*url, &*database));
    let mut watcher = client(&postgres);
    eventually("nothing is left but what is ready", || {
        let query = "SELECT datname::text FROM pg_database WHERE datname LIKE 't\\_%'";
        let rows = watcher.query(query, &[]).unwrap();
        let left: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(left.contains(&database), "{left:?}");
        // This one, the template, and eight ahead at most.
        (left.len() <= 10).then_some(())
    });
}

#[test]
fn tests_that_reset_at_the_same_time_see_only_their_own() {
    let work = |number: i64| {
        let postgres = acquire();
        for round in 0..20 {
            let mut client = client(&postgres);
            assert_eq!(users(&mut client), 1);
            let add = format!(
                "INSERT INTO users (name) SELECT 'a' || n FROM generate_series(1, {number}) AS n"
            );
            client.batch_execute(&add).unwrap();
            assert_eq!(users(&mut client), 1 + number, "round {round}");
            postgres.reset().unwrap();
        }
        postgres.pid()
    };
    let threads: Vec<_> = (1..=4)
        .map(|number| thread::spawn(move || work(number)))
        .collect();
    let servers = threads.into_iter().map(|thread| thread.join().unwrap());
    assert_eq!(servers.collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn whatever_is_in_the_way_goes_with_what_it_was() {
    let options = || {
        let options = daemons::postgres().init("migrations").replication(true);
        options.setting("max_prepared_transactions", "5")
    };
    let postgres = options().acquire().unwrap();
    let other = options().acquire().unwrap();
    let mut outside = client(&other);
    let named = postgres.database();
    for statement in [
        "BEGIN; INSERT INTO users (name) VALUES ('a'); PREPARE TRANSACTION 'mine'",
        "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
        "CREATE SUBSCRIPTION mine CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)",
        &format!("ALTER DATABASE {named} SET default_transaction_read_only = on"),
        &format!("ALTER DATABASE {named} IS_TEMPLATE true"),
    ] {
        client(&postgres).batch_execute(statement).unwrap();
        postgres.reset().unwrap();
        let mut again = client(&postgres);
        assert_eq!(users(&mut again), 1, "{statement}");
        again.batch_execute("CREATE TABLE a (b int)").unwrap();
    }
    let closed = format!("ALTER DATABASE {named} ALLOW_CONNECTIONS false");
    outside.batch_execute(&closed).unwrap();
    postgres.reset().unwrap();
    assert_eq!(users(&mut client(&postgres)), 1);
    // It may even be gone.
    let drop_it = format!("DROP DATABASE {named} WITH (FORCE)");
    outside.batch_execute(&drop_it).unwrap();
    postgres.reset().unwrap();
    assert_eq!(users(&mut client(&postgres)), 1);
}

/// Sets this when it is dropped, also by a panic.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// As pools do that keep a number of connections.
#[test]
fn clients_that_connect_again_and_again_are_no_hindrance() {
    let postgres = acquire();
    let (url, is_over) = (postgres.url().to_owned(), AtomicBool::new(false));
    thread::scope(|scope| {
        let _ends = Ends(&is_over);
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    // It is ended, or not let in for a moment.
                    let connected = Client::connect(&url, NoTls);
                    drop(
                        connected
                            .and_then(|mut client| client.batch_execute("SELECT pg_sleep(0.1)")),
                    );
                }
            });
        }
        for _ in 0..20 {
            let mut client = client(&postgres);
            assert_eq!(users(&mut client), 1);
            client.batch_execute("DELETE FROM users").unwrap();
            postgres.reset().unwrap();
        }
    });
}

/// The users of a service, as a property test sees them.
#[fixture(postgres, init = "migrations")]
#[test]
fn every_case_of_a_property_starts_from_the_same(postgres: &Instance<Postgres>) {
    let cases = ProptestConfig::with_cases(30);
    let names = proptest::collection::btree_set("[a-z]{1,8}", 0..5);
    let property = |names: BTreeSet<String>| {
        postgres.reset().unwrap();
        let mut client = client(postgres);
        for name in &names {
            let insert = "INSERT INTO users (name) VALUES ($1)";
            client.execute(insert, &[name]).unwrap();
        }
        prop_assert_eq!(users(&mut client), 1 + names.len() as i64);
        Ok(())
    };
    TestRunner::new(cases).run(&names, property).unwrap();
}

#[tokio::test]
async fn asynchronous_code_can_wait_for_it() {
    let postgres = daemons::postgres()
        .init("migrations")
        .acquire_async()
        .await
        .unwrap();
    postgres.reset_async().await.unwrap();
    let url = postgres.url().to_owned();
    let count = move || users(&mut Client::connect(&url, NoTls).unwrap());
    assert_eq!(tokio::task::spawn_blocking(count).await.unwrap(), 1);
}

#[test]
fn a_dedicated_server_with_data_can_be_reset() {
    let postgres = daemons::postgres().init("migrations").start().unwrap();
    client(&postgres)
        .batch_execute("DELETE FROM users")
        .unwrap();
    postgres.reset().unwrap();
    assert_eq!(users(&mut client(&postgres)), 1);
}

#[test]
fn what_was_not_made_for_the_test_cannot_be_reset() {
    let text = |error: fixtured::Result<()>| error.unwrap_err().to_string();
    let redis = daemons::redis().acquire().unwrap();
    assert_eq!(
        text(redis.reset()),
        "cannot reset `redis`: nothing was created for this test in its dedicated server"
    );
    let shared = daemons::postgres().isolation("none").acquire().unwrap();
    assert_eq!(
        text(shared.reset()),
        "cannot reset `postgres`: tests share its data"
    );
}

/// Resets a database of a server that cannot rename databases.
fn check<D: Acquire>(scratch: &str, acquire: impl Fn(PathBuf) -> D)
where
    Instance<D>: Database,
{
    let scratch = scratch_directory(scratch).unwrap();
    let path = scratch.join("1_users.sql");
    let script = "CREATE TABLE users (name text); INSERT INTO users VALUES ('a');";
    fs::write(&path, script).unwrap();
    let instance = acquire(path).acquire().unwrap();
    let url = instance.url().to_owned();
    let change = "INSERT INTO users VALUES ('b'); CREATE TABLE mine (c int)";
    let databases =
        "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 't\\_%'";
    for _ in 0..15 {
        rows(&instance, change);
        instance.reset().unwrap();
        let found = rows(&instance, "SHOW TABLES; SELECT name FROM users");
        assert_eq!(found, "users\na");
    }
    assert_eq!(instance.url(), url);
    // This one, the template, and some that are ready.
    let left: usize = rows(&instance, databases).parse().unwrap();
    assert!(left <= 10, "{left}");
}

#[test]
fn mysql_has_what_it_had() {
    check("reset-mysql", |path| {
        daemons::mysql().init(path).setting("max-connections", "31")
    });
}

#[test]
fn mariadb_has_what_it_had() {
    check("reset-mariadb", |path| {
        daemons::mariadb()
            .init(path)
            .setting("max-connections", "31")
    });
}
