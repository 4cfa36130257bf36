//! One server for all who ask, and something of one's own for each.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::{Holder, alive, eventually, processes, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

use super::two_hundred::{FORTY, Ran, check, run};

/// The runner of a session with PostgreSQL.
fn holder() -> Holder {
    Holder::start(Command::new(env!("CARGO_BIN_EXE_hold"))).unwrap()
}

/// How many processes there are of the server with this data, its backends not counted.
fn postmasters(dir: &Path) -> usize {
    let data = format!("-D {}/data", dir.display());
    processes()
        .iter()
        .filter(|process| process.command.contains(&data))
        .count()
}

#[test]
fn forty_tests_share_one_server_under_cargo() {
    check("forty-cargo", &["test"], FORTY, 40);
}

#[test]
fn forty_tests_share_one_server_under_nextest() {
    check("forty-nextest", &["nextest", "run"], FORTY, 40);
}

/// In a session that outlives the run, so that the server can be looked at afterwards.
#[test]
fn no_database_is_left_and_one_server_was_started() {
    let mut holder = holder();
    let session = holder.pid().to_string();
    let ran = run(
        "forty-left",
        &["nextest", "run"],
        FORTY,
        &[("FIXTURED_SESSION", &session)],
    );
    assert!(ran.passed, "{}", ran.output);
    assert_eq!((ran.servers.len(), ran.databases.len()), (1, 40));
    let look = holder.ask().unwrap();
    assert_eq!(ran.servers, [look.server.to_string()].into());
    eventually("the databases are dropped", || {
        let mut client = Client::connect(&look.url, NoTls).unwrap();
        let left = client
            .query(
                "SELECT datname FROM pg_database WHERE datname LIKE 't\\_t%'",
                &[],
            )
            .unwrap();
        left.is_empty().then_some(())
    });
    assert_eq!(postmasters(&look.dir), 1);
}

#[test]
fn fifty_threads_start_one_server() {
    let threads: Vec<_> = (0..50)
        .map(|_| thread::spawn(|| daemons::postgres().acquire().unwrap()))
        .collect();
    let instances: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let servers: BTreeSet<_> = instances.iter().map(Instance::pid).collect();
    let databases: BTreeSet<_> = instances
        .iter()
        .map(|instance| instance.database())
        .collect();
    assert_eq!((servers.len(), databases.len()), (1, 50));
    assert_eq!(postmasters(instances[0].dir()), 1);
}

#[test]
fn fifty_processes_start_one_server() {
    let holder = holder();
    let session = holder.pid().to_string();
    let attach = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
        without_runner(&mut command);
        command
            .env("FIXTURED_SESSION", &session)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let processes: Vec<_> = (0..50).map(|_| attach()).collect();
    let outputs: Vec<_> = processes
        .into_iter()
        .map(|process| process.wait_with_output().unwrap())
        .collect();
    let answers: BTreeSet<_> = outputs
        .iter()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .collect();
    let servers: BTreeSet<_> = answers
        .iter()
        .map(|answer| answer.split(' ').next().unwrap())
        .collect();
    assert_eq!((answers.len(), servers.len()), (50, 1), "{answers:?}");
}

#[test]
fn options_that_differ_mean_another_server() {
    let plain = daemons::postgres().acquire().unwrap();
    let same = daemons::postgresql().acquire().unwrap();
    let other = daemons::postgres()
        .setting("work_mem", "5MB")
        .acquire()
        .unwrap();
    assert_eq!(plain.pid(), same.pid());
    assert_ne!(plain.pid(), other.pid());
    let mut client = Client::connect(other.url(), NoTls).unwrap();
    let row = client.query_one("SHOW work_mem", &[]).unwrap();
    assert_eq!(row.get::<_, String>(0), "5MB");
}

#[test]
fn a_shared_server_that_died_is_started_again_for_the_next_test() {
    // Options of its own, so that no other test loses its server.
    let postgres = || daemons::postgres().setting("work_mem", "6MB");
    let first = postgres().acquire().unwrap();
    kill(Pid::from_raw(first.pid() as i32), Signal::SIGKILL).unwrap();
    eventually("the server is gone", || (!alive(first.pid())).then_some(()));
    let second = postgres().acquire().unwrap();
    assert_ne!(first.pid(), second.pid());
    Client::connect(second.url(), NoTls)
        .unwrap()
        .execute("SELECT 1", &[])
        .unwrap();
}

#[test]
fn a_missing_server_fails_every_test_at_once_with_what_to_install() {
    for (name, runner) in [
        ("missing-cargo", &["test"][..]),
        ("missing-nextest", &["nextest", "run"]),
    ] {
        let nowhere = [("FIXTURED_POSTGRES_BIN", "/nowhere")];
        let Ran {
            passed,
            output,
            servers,
            ..
        } = run(name, runner, FORTY, &nowhere);
        assert!(!passed);
        assert!(servers.is_empty());
        let message =
            "cannot start `postgres`: `postgres` is not in /nowhere (FIXTURED_POSTGRES_BIN)";
        assert!(output.matches(message).count() >= 40, "{output}");
        assert!(
            output.contains("install: apt install postgresql"),
            "{output}"
        );
        assert!(!output.contains("not ready after"), "{output}");
    }
}

#[test]
fn a_missing_server_is_skipped_loudly_on_request() {
    let environment = [
        ("FIXTURED_POSTGRES_BIN", "/nowhere"),
        ("FIXTURED_MISSING", "skip"),
    ];
    let ran = run("skipped", &["test"], FORTY, &environment);
    assert!(ran.passed, "{}", ran.output);
    assert!(ran.databases.is_empty());
    let skipped = ran.output.matches("SKIPPED ").count();
    assert_eq!(skipped, 40, "{}", ran.output);
}
