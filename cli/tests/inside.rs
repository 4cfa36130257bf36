//! Tests that use daemons: by themselves those of their own session, inside `fixtured run` those that it holds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::Write;

use fixtured::daemons::{Memcached, Postgres, Redis};
use fixtured::{Instance, fixture};

/// Notes which server a test was given, for the test that has run this one.
fn note(test: &str, pid: u32, port: u16, url: &str) {
    if let Some(path) = std::env::var_os("INSIDE_RECORD") {
        let mut file = File::options()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        // One write of one line: the other tests write to the same file.
        file.write_all(format!("{test} {pid} {port} {url}\n").as_bytes())
            .unwrap();
    }
}

#[fixture(postgres)]
#[test]
fn of_postgres(postgres: &Instance<Postgres>) {
    note("postgres", postgres.pid(), postgres.port(), postgres.url());
}

#[fixture(postgres)]
#[test]
fn of_postgres_too(postgres: &Instance<Postgres>) {
    note("postgres", postgres.pid(), postgres.port(), postgres.url());
}

#[fixture(postgres, setting("work_mem", "5MB"))]
#[test]
fn of_another_postgres(postgres: &Instance<Postgres>) {
    note(
        "another-postgres",
        postgres.pid(),
        postgres.port(),
        postgres.url(),
    );
}

#[fixture(redis)]
#[test]
fn of_redis(redis: &Instance<Redis>) {
    note("redis", redis.pid(), redis.port(), redis.url());
}

#[fixture(redis, password = "other")]
#[test]
fn of_another_redis(redis: &Instance<Redis>) {
    note("another-redis", redis.pid(), redis.port(), redis.url());
}

#[fixture(redis, scope = "test")]
#[test]
fn of_a_redis_of_its_own(redis: &Instance<Redis>) {
    note("own-redis", redis.pid(), redis.port(), redis.url());
}

#[fixture(memcached)]
#[test]
fn of_memcached(memcached: &Instance<Memcached>) {
    note(
        "memcached",
        memcached.pid(),
        memcached.port(),
        memcached.url(),
    );
}
