//! What a user reads when something goes wrong.

use std::path::Path;

use fixtured_tests::{Nested, cargo, eventually, scratch_directory};

/// The output of the failing tests.
fn output(name: &str, args: &[&str]) -> String {
    let scratch = scratch_directory(name).unwrap();
    let mut command = cargo(
        &[
            &["test", "--workspace", "--offline", "--test", "subjects"],
            args,
        ]
        .concat(),
    );
    command.env("FAILING", "yes");
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    assert!(!passed, "{output}");
    output
}

/// What the harness shows of one test.
fn of<'a>(output: &'a str, test: &str) -> &'a str {
    let (_, rest) = output
        .split_once(&format!("---- failing::{test} stdout ----"))
        .unwrap();
    rest.split("\n----")
        .next()
        .unwrap()
        .split("\nfailures:")
        .next()
        .unwrap()
}

#[test]
fn a_failed_test_shows_what_its_daemons_logged_meanwhile() {
    let output = output("messages", &["failing::"]);
    let shown = of(&output, "shows_what_was_logged");
    assert!(shown.contains("panicked at"), "{shown}");
    assert!(
        shown.contains("`postgres` logged while this test ran ("),
        "{shown}"
    );
    assert!(
        shown.contains("ERROR:  relation \"no_such_table\" does not exist"),
        "{shown}"
    );
    assert!(!shown.contains("starting PostgreSQL"), "{shown}");

    let not_kept = "removed after the run; FIXTURED_KEEP=failed keeps it):\n";
    assert!(shown.contains(not_kept), "{shown}");

    let shown = of(&output, "says_what_to_do_about_it");
    let advice = "FATAL:  sorry, too many clients already\n  to do: set `max_connections` higher with the option `setting`";
    assert_eq!(shown.matches("  to do: ").count(), 1, "{shown}");
    assert!(shown.contains(advice), "{shown}");

    let shown = of(&output, "says_who_else_used_it");
    let others = "\n  some lines may be about other tests that used it at the same time: `";
    assert!(
        shown.contains(others) && shown.contains("`other_test`"),
        "{shown}"
    );

    let shown = of(&output, "an_error_is_a_failure_too");
    assert!(!shown.contains(others), "{shown}");
    assert!(shown.contains("an error of the test's"), "{shown}");
    assert!(
        shown.contains("`sh` logged while this test ran (") && shown.contains("  | written while"),
        "{shown}"
    );
    assert!(!shown.contains("| before"), "{shown}");

    let shown = of(&output, "says_that_the_daemon_died");
    assert!(
        shown.contains("`redis` died while this test ran: killed by SIGKILL"),
        "{shown}"
    );

    let shown = of(&output, "forgets_that_it_has_paused_the_daemon");
    let paused = "`redis` is paused, and answers nobody\n";
    assert!(shown.contains(paused), "{shown}");

    let shown = of(&output, "shows_nothing_when_nothing_was_logged");
    assert!(!shown.contains("memcached"), "{shown}");
}

#[test]
fn a_start_that_failed_is_the_message_of_the_panic() {
    let output = output("messages-start", &["failing::", "--", "--ignored"]);
    let shown = of(&output, "never_starts");
    let lines: Vec<_> = shown
        .lines()
        .skip_while(|line| !line.starts_with('`'))
        .collect();
    let [first, command, log, tail, ..] = lines[..] else {
        panic!("{shown}")
    };
    assert_eq!(first, "`sh` exited before it was ready: exit status 3");
    assert_eq!(
        command,
        "  command: sh -c 'echo the oven is cold >&2; exit 3'"
    );
    let (path, note) = log.split_once(" (").unwrap();
    let path = path.strip_prefix("  log:     ").unwrap();
    assert_eq!(
        note,
        "removed after the run; FIXTURED_KEEP=failed keeps it)"
    );
    eventually("it is removed", || {
        (!Path::new(path).exists()).then_some(())
    });
    assert_eq!(tail, "    | the oven is cold");
}
