//! What every test's database starts from: migrations and code.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, ErrorKind, Instance, daemons, fixture};
use fixtured_tests::mysql::rows;
use fixtured_tests::{scratch_directory, without_runner};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use postgres::{Client, NoTls};

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

fn number(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).unwrap().get(0)
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
    let wanted = format!(
        "migration {}, line 4, failed\n  statement: INSERT INTO a VALUES ('x')\n  \
         server:  ERROR 22P02: invalid input syntax for type integer: \"x\"\n  daemon:  postgres\n  log: ",
        scratch.join("2_bad.sql").display()
    );
    assert!(text.starts_with(&wanted), "{text}");
    // An error without a position is found by counting, and it is remembered for all who need it.
    fs::write(
        scratch.join("2_bad.sql"),
        "CREATE TABLE c (d int PRIMARY KEY);\nINSERT INTO c VALUES (1);\nINSERT INTO c VALUES (1);",
    )
    .unwrap();
    let text = acquire().unwrap_err().to_string();
    assert!(
        text.contains("duplicate key value")
            && text.contains("line 3, failed\n  statement: INSERT INTO c VALUES (1)"),
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

/// Who reads a FIFO waits for whoever writes to it; and what has no end takes all memory.
#[test]
fn what_is_no_file_is_refused_at_once() {
    let scratch = scratch_directory("odd").unwrap();
    let fifo = scratch.join("1_fifo.sql");
    mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let large = scratch.join("large");
    fs::File::create(&large).unwrap().set_len(1 << 40).unwrap();
    for (path, reason) in [
        (fifo.as_path(), "it is a FIFO, not a regular file"),
        (&scratch, "it is a FIFO, not a regular file"),
        (
            &large,
            "too large: the limit is 1 GiB for all files together; load more with a function",
        ),
        (Path::new("/dev/zero"), "it is a device, not a regular file"),
    ] {
        let acquired = daemons::postgres().init(path).acquire().map(drop);
        let error = acquired.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with(reason), "{error}");
        let acquired = daemons::mysql().init(path).acquire().map(drop);
        assert!(acquired.unwrap_err().to_string().ends_with(reason));
    }
}

/// A request to the supervisor has at most 64 MiB.
#[test]
fn a_script_may_be_longer_than_what_fits_into_a_request() {
    let scratch = scratch_directory("large").unwrap();
    let path = scratch.join("seed.sql");
    let mut file = BufWriter::new(fs::File::create(&path).unwrap());
    writeln!(file, "CREATE TABLE seed (text text);").unwrap();
    for line in 0..72 {
        let long = "it's ".repeat(200 << 10);
        writeln!(file, "-- {long}\nINSERT INTO seed VALUES ('{line}');").unwrap();
    }
    file.flush().unwrap();
    let postgres = daemons::postgres().init(path.as_path()).acquire().unwrap();
    let count = "SELECT count(*) FROM seed";
    assert_eq!(number(&mut client(&postgres), count), 72);
    let mysql = daemons::mysql().init(path).acquire().unwrap();
    assert_eq!(rows(&mysql, count), "72");
}

/// A server in which no other test has made a role, which might be why code fails.
fn alone() -> Postgres {
    daemons::postgres().setting("work_mem", "9MB")
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn migrate_and_count(url: &str) -> Result<(), postgres::Error> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    migrate(url)
}

fn migrate(url: &str) -> Result<(), postgres::Error> {
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
            let postgres = daemons::postgres()
                .init(migrate_and_count)
                .acquire()
                .unwrap();
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
        let error = alone().init(fails).acquire().map(drop).unwrap_err();
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
fn code_that_panics_is_remembered_too() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    fn panics(_: &str) -> Result<(), String> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        panic!("the moon is new")
    }
    for _ in 0..2 {
        let error = alone().init(panics).acquire().map(drop).unwrap_err();
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
