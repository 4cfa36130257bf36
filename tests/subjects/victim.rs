//! A test with many daemons that ends as it is told: the subject of `faults`. Told nothing, it passes.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;

use fixtured::daemons::{Postgres, Program, Redis};
use fixtured::{Acquire, Instance, fixture, with_daemon};
use fixtured_tests::eventually;

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

/// Something that the test starts by itself, which says where it was put in its command line.
fn misbehaving(way: &str, output: &str) -> Program {
    Program::bin(way, env!("CARGO_BIN_EXE_misbehave"))
        .args([way, &mark(), "{dir}", "{port}"])
        .output(output)
        .grace("5s")
}

fn record(lines: &[String]) -> Option<PathBuf> {
    let record = PathBuf::from(env::var_os("VICTIM_RECORD")?);
    // Under its name it appears as a whole.
    let partial = record.with_extension("partial");
    fs::write(&partial, lines.join("\n")).unwrap();
    fs::rename(&partial, &record).unwrap();
    Some(record)
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
    forking: &Instance<Program>,
) {
    assert!(forking.log().exists());
    if env::var("VICTIM_ACT").is_ok_and(|act| act == "pause") {
        redis.pause().unwrap();
        for program in [stubborn, detaching, forking] {
            program.pause().unwrap();
        }
    }
    let lines = [
        format!("session {}", postgres.log().parent().unwrap().display()),
        format!("test {}", process::id()),
        format!("postgres {}", postgres.pid()),
        format!("database {}", postgres.database()),
        format!("redis {}", redis.pid()),
        format!("stubborn {}", stubborn.pid()),
        format!("detaching {}", detaching.pid()),
        format!("port {}", postgres.port()),
        format!("port {}", redis.port()),
        format!("directory {}", postgres.dir().display()),
        format!("directory {}", redis.dir().display()),
        format!("directory {}", stubborn.dir().display()),
        format!("directory {}", detaching.dir().display()),
        format!("socket {}", postgres.socket().display()),
    ];
    let Some(record) = record(&lines) else {
        return;
    };
    eventually("the test is told to go on", || {
        record.with_extension("go").exists().then_some(())
    });
    match env::var("VICTIM_ACT").as_deref() {
        Ok("panic") => panic!("as it was told"),
        Ok("exit") => process::exit(3),
        Ok("abort") => process::abort(),
        // This one is never ready, so its start goes on until it is ended from outside.
        Ok("start") => drop(misbehaving("never", "^ready$").start()),
        // This one ignores the signal that it is stopped with.
        Ok("stop") => drop(misbehaving("ignore-term", "^ready$").start().unwrap()),
        _ => {}
    }
}
