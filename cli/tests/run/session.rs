//! Tests inside the command use the daemons that run.

use std::collections::BTreeMap;
use std::fs;

use super::world::{World, printed};

/// Cargo's test runner, on tests that note what they were given.
const TESTS: &str = "-- cargo nextest run --offline -p fixtured-cli --test inside";

/// What the tests of each name were given: process, port, URL.
fn given(world: &World, words: &str) -> BTreeMap<String, Vec<[String; 3]>> {
    let record = world.directory.join("record");
    let _ = fs::remove_file(&record);
    let output = world
        .fixtured(&format!("{words} {TESTS}"))
        .env("INSIDE_RECORD", &record)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", printed(&output));
    world.is_empty();
    let mut given = BTreeMap::<_, Vec<_>>::new();
    for line in fs::read_to_string(record).unwrap().lines() {
        let [test, pid, port, url] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        given
            .entry(test.into())
            .or_default()
            .push([pid, port, url].map(Into::into));
    }
    given
}

#[test]
fn tests_use_the_servers_that_are_held() {
    let world = World::new("session");
    // A free port, which the server then has for itself; asked for by the user, it is no matter to the tests.
    let port = fixtured_tests::free_port().to_string();
    let given = given(&world, &format!("run redis --port {port} + postgres"));
    let pids = |test: &str| {
        given[test]
            .iter()
            .map(|given| given[0].clone())
            .collect::<Vec<_>>()
    };

    assert_eq!(given["redis"][0][1], port);
    assert_ne!(pids("another-redis"), pids("redis"));
    assert_ne!(pids("own-redis"), pids("redis"));
    // One server, but a database for each.
    let [one, two] = &given["postgres"][..] else {
        panic!("{given:?}")
    };
    assert_eq!(one[..2], two[..2]);
    assert_ne!(one[2], two[2]);
    // FIXTURED_POSTGRES_URL, which names the server that is held, is no wish for it whatever the options.
    assert_ne!(pids("another-postgres"), pids("postgres")[..1]);
    assert_eq!(given["memcached"].len(), 1);
}

#[test]
fn a_server_for_the_shell_is_one_for_tests_too() {
    let world = World::new("session-shell");
    let record = world.directory.join("record");
    let script = format!(
        "eval \"$(fixtured run redis)\"; INSIDE_RECORD={} {} -E 'test(of_redis)' >&2; echo $FIXTURED_REDIS_PORT; fixtured_stop",
        record.display(),
        TESTS.trim_start_matches("-- "),
    );
    let port = world.shell(
        "bash",
        &format!("cd {}/..; {script}", env!("CARGO_MANIFEST_DIR")),
    );
    let given = fs::read_to_string(record).unwrap();
    assert_eq!(given.split(' ').nth(2), Some(port.trim()), "{given}");
    world.is_empty();
}
