//! A test with many daemons that ends as it is told: the subject of `teardown`. Told nothing, it passes.

use std::env;
use std::fs;
use std::process;

use fixtured::daemons::{Postgres, Program, Redis};
use fixtured::{Instance, fixture, with_daemon};

/// A word in the command line of every misbehaving process, by which they are found.
fn mark() -> String {
    env::var("VICTIM_MARK").unwrap_or_else(|_| "unmarked".into())
}

/// A keeper outlives its forking daemon and collects it. Where the test kills keepers too, the first process of the machine would have to
/// collect thousands of processes, which in some containers it never does.
fn forking() -> String {
    let way = if env::var_os("VICTIM_CALM").is_some() {
        "ignore-term"
    } else {
        "fork-away"
    };
    way.to_owned()
}

#[fixture(postgres)]
#[fixture(redis)]
#[with_daemon(bin = "misbehave" as stubborn, args = ["ignore-term".to_owned(), mark()], output = "^ready$", grace = "300ms")]
#[with_daemon(bin = "misbehave" as detaching, args = ["detach".to_owned(), mark()], output = "^ready$", grace = "300ms")]
#[with_daemon(bin = "misbehave" as forking, args = [forking(), mark()], output = "^ready$", grace = "300ms")]
#[test]
fn victim(
    postgres: &Instance<Postgres>,
    redis: &Instance<Redis>,
    stubborn: &Instance<Program>,
    detaching: &Instance<Program>,
    forking_log: &std::path::Path,
) {
    assert!(forking_log.exists());
    let Some(record) = env::var_os("VICTIM_RECORD") else {
        return;
    };
    let lines = [
        format!("session {}", postgres.log().parent().unwrap().display()),
        format!("test {}", process::id()),
        format!("pid {}", postgres.pid()),
        format!("pid {}", redis.pid()),
        format!("pid {}", stubborn.pid()),
        format!("pid {}", detaching.pid()),
        format!("port {}", postgres.port()),
        format!("port {}", redis.port()),
        format!("path {}", postgres.dir().display()),
        format!("path {}", postgres.socket().display()),
        format!("path {}", redis.dir().display()),
        format!("path {}", stubborn.dir().display()),
    ];
    // Under its name it appears as a whole.
    let partial = env::temp_dir().join(format!("victim-{}", process::id()));
    fs::write(&partial, lines.join("\n")).unwrap();
    fs::rename(&partial, record).unwrap();
    match env::var("VICTIM_END").as_deref() {
        Ok("panic") => panic!("as it was told"),
        Ok("exit") => process::exit(3),
        Ok("abort") => process::abort(),
        _ => loop {
            std::thread::park();
        },
    }
}
