//! `fixtured doctor`.

use std::process::Command;

use fixtured_tests::scratch_directory;

use super::{fixtured, of, program, said};

#[test]
fn what_is_there_is_shown_with_its_version_as_the_program_says_it() {
    let said = said(["doctor", "redis", "memcached"]);
    let version = Command::new("memcached").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let version = version
        .trim()
        .strip_prefix("memcached ")
        .unwrap()
        .to_owned();
    let row = said.stdout.lines().nth(1).unwrap();
    let words: Vec<_> = row.split_whitespace().collect();
    assert_eq!(words[..3], ["memcached", "ok", version.as_str()]);
    assert!(words[3].ends_with("/memcached"), "{row}");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
}

#[test]
fn what_is_missing_comes_with_a_command_and_an_exit_code() {
    let missing = |args: &[&str]| of(fixtured(args).env("FIXTURED_REDIS_BIN", "/nowhere"));
    let said = missing(&["doctor", "redis", "memcached"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stdout
            .contains("`redis-server` is not in /nowhere (FIXTURED_REDIS_BIN)\n"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("install: fixtured install redis  ("));
    // Nobody has asked for it.
    assert_eq!(missing(&["doctor", "memcached"]).code, 0);
    assert_eq!(missing(&["doctor"]).code, 0);
}

#[test]
fn what_cannot_be_run_is_broken_and_not_to_be_installed() {
    let scratch = scratch_directory("broken").unwrap();
    std::fs::create_dir(scratch.join("redis-server")).unwrap();
    let call = |args: &[&str]| of(fixtured(args).env("FIXTURED_REDIS_BIN", &*scratch));
    let said = call(&["doctor", "redis"]);
    assert_eq!(said.code, 1);
    let wanted = format!(
        "where `{}` is a directory",
        scratch.join("redis-server").display()
    );
    assert!(said.stdout.starts_with("redis  broken"), "{}", said.stdout);
    assert!(said.stdout.contains(&wanted), "{}", said.stdout);
    assert!(!said.stdout.contains("install"), "{}", said.stdout);
    let all = call(&["doctor", "--json", "redis"]).json();
    assert_eq!(all[0]["software"][0]["broken"], true);
}

#[test]
fn json_says_it_to_programs() {
    let said =
        of(fixtured(["doctor", "--json", "redis", "postgresql"])
            .env("FIXTURED_REDIS_BIN", "/nowhere"));
    let all = said.json();
    assert_eq!(all[0]["name"], "redis");
    assert_eq!(all[0]["ok"], false);
    assert_eq!(all[0]["software"][0]["variable"], "FIXTURED_REDIS_BIN");
    assert_eq!(
        all[0]["software"][0]["install"][0],
        "apt install redis-server"
    );
    assert_eq!(all[1]["name"], "postgres");
    assert_eq!(all[1]["ok"], true);
    assert!(
        all[1]["software"][0]["programs"][1]
            .as_str()
            .unwrap()
            .ends_with("/initdb")
    );
    assert_eq!(said.code, 1);
}

#[test]
fn a_program_that_does_not_answer_is_not_waited_for_long() {
    let scratch = scratch_directory("silent").unwrap();
    // What it starts has its output too, and would keep it open.
    let silent = scratch.join("memcached");
    program(&silent, "sleep 1000 & sleep 1000");
    let said = of(fixtured(["doctor", "memcached"]).env("FIXTURED_MEMCACHED_BIN", &silent));
    assert_eq!(said.code, 0);
    assert!(said.stdout.starts_with("memcached  ok"), "{}", said.stdout);
}

#[test]
fn a_name_that_no_daemon_has_is_wrong_usage() {
    let said = said(["doctor", "redsi"]);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("a similar value exists: 'redis'"),
        "{}",
        said.stderr
    );
}
