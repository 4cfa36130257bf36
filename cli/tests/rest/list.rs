//! `fixtured list`.

use fixtured::__command_line::{ALL, Entry};

use super::{fixtured, of, said};

#[test]
fn names_stand_one_a_line() {
    let said = said(["list"]);
    let names: Vec<_> = ALL.iter().map(Entry::name).collect();
    assert_eq!(said.stdout.lines().collect::<Vec<_>>(), names);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
}

#[test]
fn the_long_list_has_a_row_for_each_and_fits_a_terminal() {
    let said = said(["list", "--long"]);
    assert_eq!(said.stdout.lines().count(), ALL.len() + 1);
    let widest = said.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 80, "{}", said.stdout);
    assert!(!said.stdout.contains('\x1b'), "a pipe gets no colours");
}

#[test]
fn json_says_it_to_programs() {
    let all = said(["list", "--json"]).json();
    let redis = all
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "redis");
    let redis = redis.unwrap();
    assert_eq!(redis["scheme"], "redis");
    assert_eq!(redis["a_test_gets"], "a dedicated server");
    assert!(redis["version"].as_str().unwrap().contains('.'), "{redis}");
}

#[test]
fn colours_come_when_they_are_wanted() {
    let always = of(fixtured(["list", "--long", "--color", "always"]).env("NO_COLOR", "1"));
    assert!(always.stdout.contains("\x1b[1mredis\x1b[0m"));
    assert_eq!(
        said(["list", "--color", "always"]).stdout,
        said(["list"]).stdout
    );
}
