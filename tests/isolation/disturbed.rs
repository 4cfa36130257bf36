//! What tests and their settings do to a shared PostgreSQL server, and what others must not notice of it.

use std::fs;
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::scratch_directory;
use postgres::{Client, NoTls};

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

#[test]
fn a_migration_that_does_not_commit_is_named() {
    let scratch = scratch_directory("open").unwrap();
    let bad = scratch.join("1_open.sql");
    fs::write(&bad, "BEGIN; CREATE TABLE a (b int);").unwrap();
    let acquired = daemons::postgres().init(bad.as_path()).acquire().map(drop);
    let text = acquired.unwrap_err().to_string();
    let wanted = format!("migration {}, line 1, failed", bad.display());
    assert!(text.starts_with(&wanted), "{text}");
    assert!(
        text.contains("leaves a transaction open, which would be lost"),
        "{text}"
    );
}

/// They are for the tests.
#[test]
fn settings_of_the_server_do_not_keep_it_from_making_databases() {
    let postgres = daemons::postgres()
        .setting("statement_timeout", "1ms")
        .setting("default_transaction_read_only", "on")
        .init("migrations")
        .acquire()
        .unwrap();
    let shown = client(&postgres)
        .query_one("SHOW statement_timeout", &[])
        .unwrap();
    assert_eq!(shown.get::<_, String>(0), "1ms");
}

/// Each takes the room of the migrations, so there must not be as many of them as tests.
#[test]
fn tests_that_hurry_leave_no_heap_of_databases() {
    let options = || {
        daemons::postgres()
            .setting("work_mem", "10MB")
            .init("migrations")
    };
    let kept = options().acquire().unwrap();
    let data = kept.dir().join("data/base");
    let hurry = move || (0..50).for_each(|_| drop(options().acquire().unwrap()));
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(hurry)).collect();
    let mut most = 0;
    while !threads.iter().all(thread::JoinHandle::is_finished) {
        most = most.max(fs::read_dir(&data).unwrap().count());
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(most < 80, "{most}");
}

/// Some suites end all connections between their tests.
#[test]
fn connections_that_a_test_ends_are_made_again() {
    let options = || daemons::postgres().setting("work_mem", "11MB");
    let acquire = || thread::spawn(move || options().acquire().unwrap());
    let threads: Vec<_> = (0..10).map(|_| acquire()).collect();
    let all: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
    for _ in 0..10 {
        client(&all[0])
            .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'")
            .unwrap();
        let next = options().acquire().unwrap();
        assert_eq!(next.pid(), all[0].pid());
    }
}

/// Roles belong to the server, and each of these prepares a start of its own there.
#[test]
fn the_same_role_can_be_wanted_by_many_at_once() {
    let scratch = scratch_directory("roles").unwrap();
    let acquire = |number| {
        let path = scratch.join(format!("{number}.sql"));
        fs::write(&path, format!("CREATE TABLE t{number} (a int);")).unwrap();
        let postgres = || daemons::postgres().setting("work_mem", "12MB");
        thread::spawn(move || postgres().roles(["wanted"]).init(path).acquire().map(drop))
    };
    let threads: Vec<_> = (0..40).map(acquire).collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}
