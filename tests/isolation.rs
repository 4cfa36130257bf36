//! What a test gets of its own inside a shared PostgreSQL server, and what it starts from.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, ErrorKind, Instance, daemons, fixture};
use fixtured_tests::{eventually, processes, scratch_directory, without_runner};
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

#[fixture(postgres, init = "migrations", extensions = ["citext", "earthdistance"], roles = ["app", "it's \"me\""])]
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
    // A slot keeps its database from being dropped.
    client
        .batch_execute("SELECT pg_drop_replication_slot('s')")
        .unwrap();
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
        "cannot start `postgres`: no isolation is called `some`: write \"database\" or \"none\""
    );
    let error = daemons::postgres()
        .isolation("none")
        .init("migrations")
        .acquire()
        .map(drop);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn other_migrations_mean_another_start_in_the_same_server() {
    let scratch = scratch_directory("migrations").unwrap();
    let path = scratch.join("schema.sql");
    let with = |text: &str| {
        fs::write(&path, text).unwrap();
        daemons::postgres().init(path.as_path()).acquire().unwrap()
    };
    let first = with("CREATE TABLE a (b int);");
    let second = with("CREATE TABLE c (d int);");
    assert_eq!(first.pid(), second.pid());
    assert!(client(&first).query("SELECT b FROM a", &[]).is_ok());
    assert!(client(&second).query("SELECT d FROM c", &[]).is_ok());
    assert!(client(&second).query("SELECT b FROM a", &[]).is_err());
}

#[test]
fn a_server_of_ones_own_starts_from_the_same() {
    let own = daemons::postgres().init("migrations").start().unwrap();
    assert_eq!(number(&mut client(&own), "SELECT count(*) FROM users"), 1);
    let shared = daemons::postgres().init("migrations").acquire().unwrap();
    assert_ne!(own.pid(), shared.pid());
}

#[test]
fn a_migration_that_fails_is_named_with_its_statement() {
    let scratch = scratch_directory("failing").unwrap();
    fs::write(scratch.join("1_good.sql"), "CREATE TABLE a (b int);").unwrap();
    let bad = "CREATE TABLE c (d int);\n\nINSERT INTO c VALUES (1);\nINSERT INTO a VALUES ('x');\nSELECT 1;\n";
    fs::write(scratch.join("2_bad.sql"), bad).unwrap();
    let acquire = || {
        daemons::postgres()
            .init(scratch.to_path_buf())
            .acquire()
            .map(drop)
    };
    let text = acquire().unwrap_err().to_string();
    let place = format!(
        "\n  request: {}, line 4: INSERT INTO a VALUES ('x')",
        scratch.join("2_bad.sql").display()
    );
    assert!(
        text.contains("ERROR 22P02: invalid input syntax for type integer: \"x\""),
        "{text}"
    );
    assert!(text.contains(&place), "{text}");
    // An error without a position is found by counting, and it is remembered for all who need it.
    fs::write(
        scratch.join("2_bad.sql"),
        "CREATE TABLE c (d int PRIMARY KEY);\nINSERT INTO c VALUES (1);\nINSERT INTO c VALUES (1);",
    )
    .unwrap();
    let text = acquire().unwrap_err().to_string();
    assert!(
        text.contains("duplicate key value") && text.contains("line 3: INSERT INTO c VALUES (1)"),
        "{text}"
    );
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let path = scratch.to_path_buf();
            thread::spawn(move || {
                daemons::postgres()
                    .init(path)
                    .acquire()
                    .map(drop)
                    .unwrap_err()
                    .to_string()
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap().lines().next(), text.lines().next());
    }
    let error = daemons::postgres()
        .init("no/such/file.sql")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error
            .to_string()
            .contains("tests/no/such/file.sql`: No such file"),
        "{error}"
    );
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn migrate(url: &str) -> Result<(), postgres::Error> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    let mut client = Client::connect(url, NoTls)?;
    client.batch_execute("CREATE TABLE made (by text); INSERT INTO made VALUES ('code')")?;
    // A connection that is left open must not keep others from starting here.
    std::mem::forget(client);
    Ok(())
}

#[test]
fn code_prepares_once_while_all_others_wait() {
    let acquire = |_| {
        thread::spawn(|| {
            let postgres = daemons::postgres().init(migrate).acquire().unwrap();
            assert_eq!(
                number(&mut client(&postgres), "SELECT count(*) FROM made"),
                1
            );
        })
    };
    let threads: Vec<_> = (0..20).map(acquire).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
}

#[test]
fn code_that_fails_fails_all_who_need_it_once() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    fn fails(_: &str) -> Result<(), String> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        Err("the moon is full".into())
    }
    for _ in 0..3 {
        let error = daemons::postgres()
            .init(fails)
            .acquire()
            .map(drop)
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("the moon is full") && text.contains("::fails"),
            "{text}"
        );
    }
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
}

/// Inside a runtime no other can be started, but this code is called outside of it.
#[fixture(postgres, init = migrate_asynchronously)]
#[tokio::test]
async fn code_may_have_a_runtime_of_its_own(postgres: &Instance<Postgres>) {
    let url = postgres.url().to_owned();
    let count = thread::spawn(move || {
        let mut client = Client::connect(&url, NoTls).unwrap();
        number(&mut client, "SELECT count(*) FROM made")
    });
    assert_eq!(count.join().unwrap(), 1);
}

fn migrate_asynchronously(url: &str) -> Result<(), std::io::Error> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async { tokio::task::yield_now().await });
    migrate(url).map_err(std::io::Error::other)
}

#[fixture(postgres, init = migrate_in_tokio)]
#[test]
fn code_may_be_asynchronous(postgres: &Instance<Postgres>) {
    assert_eq!(
        number(&mut client(postgres), "SELECT count(*) FROM made"),
        1
    );
}

async fn migrate_in_tokio(url: String) -> Result<(), String> {
    let done = tokio::task::spawn_blocking(move || migrate(&url).map_err(|e| e.to_string()));
    done.await.map_err(|error| error.to_string())?
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
fn code_that_panics_is_remembered_too() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    fn panics(_: &str) -> Result<(), String> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        panic!("the moon is new")
    }
    for _ in 0..2 {
        let error = daemons::postgres()
            .init(panics)
            .acquire()
            .map(drop)
            .unwrap_err();
        assert!(
            error.to_string().contains("it panicked: the moon is new"),
            "{error}"
        );
    }
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
}

/// A process that acquires with code that takes as long as its standard input is open.
fn slow(session: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prepare"));
    without_runner(&mut command);
    command.env("FIXTURED_SESSION", session);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The next who needs it tries again, in a database that is as new.
#[test]
fn who_is_killed_while_it_prepares_leaves_it_to_the_next() {
    let session = std::process::id().to_string();
    let line = |child: &mut Child| {
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        line
    };
    let mut first = slow(&session);
    assert_eq!(line(&mut first), "preparing\n");
    let mut second = slow(&session);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(line(&mut second), "preparing\n");
    drop(second.stdin.take());
    assert!(line(&mut second).starts_with("prepared t_"));
    second.wait().unwrap();
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
        text.starts_with("cannot start `postgres`: `postgres` of version 7 is not there: /"),
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
