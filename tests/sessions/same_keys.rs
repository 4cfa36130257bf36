//! Two hundred tests that write the same keys and tables at the same time, under both runners.

use std::collections::BTreeSet;
use std::fs;

use fixtured_tests::{Nested, alive, cargo, eventually, scratch_directory};

fn check_two_hundred(name: &str, runner: &[&str]) {
    let scratch = scratch_directory(name).unwrap();
    let record = scratch.join("record");
    let which = ["--test", "hundred_one", "--test", "hundred_two"];
    // More at once than there are cores, so that they meet.
    let threads = match runner {
        ["test"] => ["--", "--test-threads=8"].as_slice(),
        _ => &["--test-threads=8"],
    };
    let whole = ["--workspace", "--offline", "--no-fail-fast"];
    let mut command = cargo(&[runner, &whole, &which, threads].concat());
    command.env("SAME_KEYS_RECORD", &record);
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    assert!(passed, "{output}");
    let record = fs::read_to_string(&record).unwrap();
    let column = |number| -> BTreeSet<&str> {
        let words = record.lines().map(|line| line.split(' ').nth(number));
        words.map(Option::unwrap).collect()
    };
    let (servers, databases, tests) = (column(0), column(1), column(2));
    assert_eq!(record.lines().count(), 200);
    assert_eq!((servers.len(), databases.len(), tests.len()), (1, 200, 200));
    let server = servers.first().unwrap().parse().unwrap();
    eventually("the server is gone", || (!alive(server)).then_some(()));
}

#[test]
fn two_hundred_tests_write_the_same_keys_under_cargo() {
    check_two_hundred("same-keys-cargo", &["test"]);
}

#[test]
fn two_hundred_tests_write_the_same_keys_under_nextest() {
    check_two_hundred("same-keys-nextest", &["nextest", "run"]);
}
