//! Tests that fail when `messages` asks for it: its subject. Otherwise they pass.

use std::io::Write;

use fixtured::daemons::{Postgres, Redis};
use fixtured::{Acquire, Instance, fixture, with_daemon};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn asked() -> bool {
    std::env::var_os("FAILING").is_some()
}

#[fixture(postgres)]
fn shows_what_was_logged(postgres: &Instance<Postgres>) {
    if !asked() {
        return;
    }
    let mut client = postgres::Client::connect(postgres.url(), postgres::NoTls).unwrap();
    client.batch_execute("SELECT * FROM no_such_table").unwrap();
}

#[fixture(postgres, setting("max_connections", "8"))]
fn says_what_to_do_about_it(url: &str) {
    if !asked() {
        return;
    }
    let connect = || postgres::Client::connect(url, postgres::NoTls).unwrap();
    let _all: Vec<_> = std::iter::repeat_with(connect).take(9).collect();
}

#[fixture(postgres)]
fn says_who_else_used_it(postgres: &Instance<Postgres>) {
    if !asked() {
        return;
    }
    let other = std::thread::Builder::new().name("other_test".into());
    let used = other.spawn(|| fixtured::daemons::postgres().acquire().map(drop));
    used.unwrap().join().unwrap().unwrap();
    let mut client = postgres::Client::connect(postgres.url(), postgres::NoTls).unwrap();
    client.batch_execute("SELECT * FROM no_such_table").unwrap();
}

#[with_daemon("sh -c 'echo before; echo ready; exec sleep 1000'", output = "ready")]
fn an_error_is_a_failure_too(pid: u32, log: &std::path::Path) -> std::io::Result<()> {
    assert_ne!(pid, 0);
    if !asked() {
        return Ok(());
    }
    std::fs::File::options()
        .append(true)
        .open(log)?
        .write_all(b"written while the test ran\n")?;
    Err(std::io::Error::other("an error of the test's"))
}

#[fixture(redis)]
fn says_that_the_daemon_died(redis: &Instance<Redis>) {
    if !asked() {
        return;
    }
    kill(Pid::from_raw(redis.pid() as i32), Signal::SIGKILL).unwrap();
    fixtured_tests::eventually("redis is gone", || {
        (!fixtured_tests::alive(redis.pid())).then_some(())
    });
    panic!("redis does not answer");
}

#[fixture(redis)]
fn forgets_that_it_has_paused_the_daemon(redis: &Instance<Redis>) {
    if asked() {
        redis.pause().unwrap();
        panic!("redis does not answer");
    }
}

#[fixture(memcached)]
fn shows_nothing_when_nothing_was_logged(port: u16) {
    assert!(!asked(), "port {port}");
}

#[with_daemon("sh -c 'echo the oven is cold >&2; exit 3'", output = "ready")]
#[test]
#[ignore = "it always fails; `messages` runs it"]
fn never_starts(pid: u32) {
    assert_eq!(pid, 0, "the start has failed before this");
}
