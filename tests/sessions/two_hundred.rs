//! The two hundred tests of a package of their own, run with cargo.

use std::collections::BTreeSet;
use std::fs;

use fixtured_tests::{Nested, alive, cargo, eventually, scratch_directory};

/// What came of a run: whether it passed, what it printed, and what its tests noted.
pub(crate) struct Ran {
    pub(crate) passed: bool,
    pub(crate) output: String,
    pub(crate) servers: BTreeSet<String>,
    pub(crate) databases: BTreeSet<String>,
    pub(crate) tests: BTreeSet<String>,
}

/// Words that choose two tests of each module: forty.
pub(crate) const FORTY: &[&str] = &["t0", "t1"];

/// Runs those of the tests whose names have one of these words, or all.
pub(crate) fn run(
    name: &str,
    runner: &[&str],
    words: &[&str],
    environment: &[(&str, &str)],
) -> Ran {
    let scratch = scratch_directory(name).unwrap();
    let record = scratch.join("record");
    let whole = ["--workspace", "--offline", "--no-fail-fast"];
    let which = ["a", "b", "c"].map(|part| format!("--test=two_hundred_{part}"));
    // More at once than there are cores, so that they meet.
    let threads = "--test-threads=8";
    let mut command = cargo(&[runner, &whole].concat());
    command.args(which);
    match runner {
        ["test"] => command.args(["--", threads]),
        _ => command.args([threads, "--"]),
    };
    command
        .args(words)
        .env("TWO_HUNDRED_RECORD", &record)
        .envs(environment.iter().copied());
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    let record = fs::read_to_string(&record).unwrap_or_default();
    let column = |number| {
        let words = record.lines().map(|line| line.split(' ').nth(number));
        words.map(|word| word.unwrap().to_owned()).collect()
    };
    Ran {
        passed,
        output,
        servers: column(0),
        databases: column(1),
        tests: column(2),
    }
}

/// Checks that so many tests shared one server, each with a database of its own, and that the server ended with them.
pub(crate) fn check(name: &str, runner: &[&str], words: &[&str], number: usize) {
    let ran = run(name, runner, words, &[]);
    assert!(ran.passed && !ran.output.contains("LEAK"), "{}", ran.output);
    let (servers, databases) = (&ran.servers, &ran.databases);
    assert_eq!(servers.len(), 1, "{servers:?}");
    assert_eq!(databases.len(), number, "{databases:?}");
    assert_eq!(ran.tests.len(), number);
    let server = servers.first().unwrap().parse().unwrap();
    eventually("the server is gone", || (!alive(server)).then_some(()));
}
