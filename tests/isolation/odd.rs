//! What tests leave behind in their PostgreSQL databases that keeps a server from dropping them; they are dropped all the same.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::eventually;
use postgres::{Client, NoTls};

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

/// All tests here use this server, so each looks at what it has made.
fn acquire() -> Instance<Postgres> {
    let options = daemons::postgres().replication(true);
    let options = options.setting("max_prepared_transactions", "20");
    options.setting("work_mem", "31MB").acquire().unwrap()
}

/// Executes statements in a new database, each in a transaction of its own.
fn with(statements: &[&str]) -> Instance<Postgres> {
    let postgres = acquire();
    let mut client = client(&postgres);
    for statement in statements {
        let statement = statement.replace("{database}", postgres.database());
        client.batch_execute(&statement).unwrap();
    }
    postgres
}

/// Waits until there is nothing left of a database.
fn is_dropped(watcher: &mut Client, database: &str) {
    let left = "SELECT 'the database' FROM pg_database WHERE datname = $1
        UNION ALL SELECT 'a slot' FROM pg_replication_slots WHERE database = $1
        UNION ALL SELECT 'a prepared transaction' FROM pg_prepared_xacts WHERE database = $1
        UNION ALL SELECT 'a subscription' FROM pg_subscription WHERE subname = $1";
    eventually(&format!("{database} is dropped"), || {
        watcher
            .query(left, &[&database])
            .unwrap()
            .is_empty()
            .then_some(())
    });
}

/// Gives back a database in which statements have been executed, and one more from outside, and waits until it is gone.
fn check(inside: &[&str], outside: &str) {
    let watching = acquire();
    let mut watcher = client(&watching);
    let postgres = with(inside);
    let database = postgres.database().to_owned();
    let outside = outside.replace("{database}", &database);
    watcher.batch_execute(&outside).unwrap();
    drop(postgres);
    is_dropped(&mut watcher, &database);
}

const SLOT: &str = "SELECT pg_create_logical_replication_slot('{database}', 'test_decoding')";

const PREPARED: &str = "BEGIN; CREATE TABLE a (b int); PREPARE TRANSACTION '{database}'";

const SUBSCRIPTION: &str = "CREATE SUBSCRIPTION {database} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)";

const NO_COMMANDS: &str =
    "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
    CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no()";

#[test]
fn one_with_a_slot() {
    check(&[SLOT], "");
}

#[test]
fn one_with_prepared_transactions() {
    let another = "BEGIN; CREATE TABLE b (c int); PREPARE TRANSACTION '{database} it''s'";
    check(&[PREPARED, another], "");
}

#[test]
fn one_that_is_a_template() {
    check(&["ALTER DATABASE {database} IS_TEMPLATE true"], "");
}

#[test]
fn one_with_a_subscription() {
    check(&[SUBSCRIPTION], "");
}

#[test]
fn one_with_everything_that_nobody_may_change_or_enter() {
    check(
        &[
            SUBSCRIPTION,
            // It waits for the end of every transaction.
            SLOT,
            PREPARED,
            "ALTER DATABASE {database} SET default_transaction_read_only = on",
            "ALTER ROLE postgres IN DATABASE {database} SET session_preload_libraries = 'nonsense'",
            NO_COMMANDS,
        ],
        "ALTER DATABASE {database} IS_TEMPLATE true CONNECTION LIMIT 0 ALLOW_CONNECTIONS false",
    );
}

/// A process that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn one_with_a_slot_that_is_read_and_sessions_in_the_middle_of_something() {
    let watching = acquire();
    let mut watcher = client(&watching);
    let postgres = with(&[SLOT, "CREATE TABLE a (b int)"]);
    let database = postgres.database().to_owned();
    let reading = Command::new("pg_recvlogical")
        .args(["-d", postgres.url(), "--slot", &database])
        .args(["--start", "-n", "-f", "-"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _reading = Ended(reading.unwrap());
    eventually("it is read", || {
        let active = "SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND active";
        watcher.query_opt(active, &[&database]).unwrap()
    });
    let mut open = client(&postgres);
    open.batch_execute("BEGIN; LOCK a").unwrap();
    drop(postgres);
    is_dropped(&mut watcher, &database);
    open.batch_execute("COMMIT").unwrap_err();
}

#[test]
fn one_that_somebody_changes_from_outside_without_an_end() {
    let watching = acquire();
    let mut watcher = client(&watching);
    let postgres = with(&[]);
    let database = postgres.database().to_owned();
    let mut outside = client(&watching);
    let change = format!("BEGIN; COMMENT ON DATABASE {database} IS 'mine'");
    outside.batch_execute(&change).unwrap();
    drop(postgres);
    is_dropped(&mut watcher, &database);
    outside.batch_execute("COMMIT").unwrap_err();
}

/// The subscriber asks again and again for what the publisher has.
#[test]
fn a_publisher_and_its_subscriber() {
    let watching = acquire();
    let mut watcher = client(&watching);
    let publisher = with(&[
        "CREATE TABLE a (b int PRIMARY KEY); INSERT INTO a VALUES (1)",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "SELECT pg_create_logical_replication_slot('{database}', 'pgoutput')",
    ]);
    let subscribe = format!(
        "CREATE SUBSCRIPTION {{database}} CONNECTION '{}' PUBLICATION p WITH (create_slot = false, slot_name = {})",
        publisher.url(),
        publisher.database()
    );
    let subscriber = with(&["CREATE TABLE a (b int PRIMARY KEY)", &subscribe]);
    let mut there = client(&subscriber);
    eventually("the subscriber has it", || {
        there.query_opt("SELECT 1 FROM a", &[]).unwrap()
    });
    let databases = [&publisher, &subscriber].map(|it| it.database().to_owned());
    drop((publisher, subscriber));
    for database in &databases {
        is_dropped(&mut watcher, database);
    }
}

/// How many files there are below a directory, and how many bytes they have.
fn files(dir: &Path) -> (usize, u64) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.fold((0, 0), |(count, bytes), entry| {
        match entry.metadata() {
            Ok(data) if data.is_dir() => {
                let (more, larger) = files(&entry.path());
                (count + more, bytes + larger)
            }
            Ok(data) => (count + 1, bytes + data.len()),
            // It has just been removed.
            Err(_) => (count, bytes),
        }
    })
}

#[test]
fn nothing_accumulates() {
    let options = || {
        let options = daemons::postgres().replication(true);
        let options = options.setting("max_prepared_transactions", "20");
        options.setting("work_mem", "32MB")
    };
    let kept = options().acquire().unwrap();
    let mut watcher = client(&kept);
    let data = kept.dir().join("data");
    let fill = "CREATE TABLE c AS SELECT repeat('x', 1000) AS d FROM generate_series(1, 1000)";
    let mut round = || {
        for _ in 0..20 {
            let postgres = options().acquire().unwrap();
            let mut client = client(&postgres);
            for statement in [fill, SLOT, PREPARED] {
                let statement = statement.replace("{database}", postgres.database());
                client.batch_execute(&statement).unwrap();
            }
        }
        let left = "SELECT (SELECT count(*) FROM pg_database WHERE datname LIKE 't\\_%')
            + (SELECT count(*) FROM pg_replication_slots) + (SELECT count(*) FROM pg_prepared_xacts)";
        // The one that is kept, and those that are ready.
        eventually("all are dropped", || {
            let left: i64 = watcher.query_one(left, &[]).unwrap().get(0);
            (left <= 9).then_some(())
        });
        watcher.batch_execute("CHECKPOINT").unwrap();
        files(&data)
    };
    let (first, later) = (round(), (round(), round()).1);
    // As many as those that are ready may have more or less, in a cluster of some thousand files.
    assert!(
        later.0 < first.0 + 9 * 320 && later.1 < first.1 + (64 << 20),
        "{first:?} {later:?}"
    );
}
