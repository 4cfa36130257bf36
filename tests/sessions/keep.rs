//! A failed test keeps its world on request.

use std::net::TcpListener;
use std::path::Path;

use fixtured_tests::{Nested, alive, cargo, client, eventually, scratch_directory};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

/// What follows these words on their line.
fn after<'a>(output: &'a str, words: &str) -> &'a str {
    let (_, rest) = output
        .split_once(words)
        .unwrap_or_else(|| panic!("{output}"));
    rest.lines().next().unwrap()
}

fn run(name: &str, runner: &[&str], test: &str, keep: &str) -> String {
    let scratch = scratch_directory(name).unwrap();
    let args = ["--workspace", "--offline", "--test", "subjects", test];
    let mut command = cargo(&[runner, &args].concat());
    command.env("FAILING", "yes").env("FIXTURED_KEEP", keep);
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    assert!(!passed, "{output}");
    output
}

#[test]
fn a_failed_test_keeps_its_database_until_it_is_removed() {
    for (name, runner) in [
        ("keep-cargo", &["test"][..]),
        ("keep-nextest", &["nextest", "run"]),
    ] {
        let output = run(name, runner, "shows_what_was_logged", "failed");
        let url = after(&output, "`postgres` is kept for you: ");
        let directory = Path::new(after(&output, "  directory: "));
        let supervisor: u32 = after(&output, "  to remove: kill ").parse().unwrap();
        assert!(!output.contains("LEAK"), "{output}");
        // The run is over; the server and what the test did in it are there.
        let mut client = Client::connect(url, NoTls).unwrap();
        let row = client
            .query_one("SELECT current_database()::text", &[])
            .unwrap();
        assert!(
            url.ends_with(&format!("/{}", row.get::<_, String>(0))),
            "{url}"
        );
        assert!(alive(supervisor) && directory.is_dir());
        let port: u16 = url
            .rsplit_once(':')
            .unwrap()
            .1
            .split_once('/')
            .unwrap()
            .0
            .parse()
            .unwrap();
        drop(client);
        kill(Pid::from_raw(supervisor as i32), Signal::SIGTERM).unwrap();
        eventually("it is removed", || {
            let gone = !alive(supervisor) && !directory.exists();
            (gone && TcpListener::bind(("127.0.0.1", port)).is_ok()).then_some(())
        });
    }
}

#[test]
fn a_server_of_ones_own_is_kept_too_and_other_words_are_not_known() {
    let output = run("keep-own", &["test"], "shows_nothing_when", "failed");
    assert!(
        output.contains("`memcached` is kept for you: memcached://localhost:"),
        "{output}"
    );
    let supervisor: u32 = after(&output, "  to remove: kill ").parse().unwrap();
    kill(Pid::from_raw(supervisor as i32), Signal::SIGTERM).unwrap();
    eventually("it is removed", || (!alive(supervisor)).then_some(()));
    let output = run("keep-all", &["test"], "shows_nothing_when", "all");
    assert!(
        output.contains("FIXTURED_KEEP is `all`: write `failed`"),
        "{output}"
    );
    assert!(!output.contains("is kept for you"), "{output}");
}

#[test]
fn a_daemon_that_is_kept_is_paused_no_more() {
    let output = run("keep-paused", &["test"], "forgets_that", "failed");
    let url = after(&output, "`redis` is kept for you: ");
    assert_eq!(client("redis-cli", &["-u", url, "PING"]), "PONG");
    let supervisor: u32 = after(&output, "  to remove: kill ").parse().unwrap();
    kill(Pid::from_raw(supervisor as i32), Signal::SIGTERM).unwrap();
    eventually("it is removed", || (!alive(supervisor)).then_some(()));
}

#[test]
fn the_log_of_a_start_that_failed_is_kept() {
    let scratch = scratch_directory("keep-log").unwrap();
    let start = ["never_starts", "--", "--ignored"];
    let args = ["test", "--workspace", "--offline", "--test", "subjects"];
    let mut command = cargo(&[&args[..], &start].concat());
    command.env("FIXTURED_KEEP", "failed");
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    assert!(!passed, "{output}");
    let (path, keeper) = after(&output, "  log:     ")
        .split_once(" (kept until you `kill ")
        .unwrap();
    let keeper: u32 = keeper.strip_suffix("`)").unwrap().parse().unwrap();
    // The run is over, and the log is there.
    assert_eq!(std::fs::read_to_string(path).unwrap(), "the oven is cold\n");
    kill(Pid::from_raw(keeper as i32), Signal::SIGTERM).unwrap();
    eventually("it is removed", || {
        (!alive(keeper) && !Path::new(path).exists()).then_some(())
    });
}
