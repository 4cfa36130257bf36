//! One server for all who ask, and something of one's own for each.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::{
    Nested, alive, cargo, eventually, processes, scratch_directory, without_runner,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

const FORTY: [&str; 6] = [
    "--test",
    "forty_one",
    "--test",
    "forty_two",
    "--test",
    "forty_three",
];

/// How many processes there are of the server with this data, its backends not counted.
fn postmasters(dir: &Path) -> usize {
    let data = format!("-D {}/data", dir.display());
    processes()
        .iter()
        .filter(|process| process.command.contains(&data))
        .count()
}

/// Runs the forty tests, and returns the servers and databases that they were given, and the output.
fn forty(
    name: &str,
    runner: &[&str],
    environment: &[(&str, &str)],
) -> (bool, BTreeSet<String>, BTreeSet<String>, String) {
    let scratch = scratch_directory(name).unwrap();
    let record = scratch.join("record");
    let mut command = cargo(
        &[
            runner,
            &["--workspace", "--offline", "--no-fail-fast"],
            &FORTY,
        ]
        .concat(),
    );
    command
        .env("FORTY_RECORD", &record)
        .envs(environment.iter().copied());
    let (passed, output) = Nested::start(command, &scratch).unwrap().end().unwrap();
    let record = fs::read_to_string(&record).unwrap_or_default();
    let column = |number| {
        record
            .lines()
            .map(|line| line.split(' ').nth(number).unwrap().to_owned())
            .collect()
    };
    (passed, column(0), column(1), output)
}

/// The runner's own session: one server, forty databases.
fn check_forty(name: &str, runner: &[&str]) {
    let (passed, servers, given, output) = forty(name, runner, &[]);
    assert!(passed, "{output}");
    assert_eq!(servers.len(), 1, "{servers:?}");
    assert_eq!(given.len(), 40, "{given:?}");
    assert!(!output.contains("LEAK"), "{output}");
    let server: u32 = servers.first().unwrap().parse().unwrap();
    eventually("the server is gone", || (!alive(server)).then_some(()));
}

#[test]
fn forty_tests_share_one_server_under_cargo() {
    check_forty("forty-cargo", &["test"]);
}

#[test]
fn forty_tests_share_one_server_under_nextest() {
    check_forty("forty-nextest", &["nextest", "run"]);
}

/// In a session that outlives the run, so that the server can be looked at afterwards.
#[test]
fn no_database_is_left_and_one_server_was_started() {
    let mut holder = Held::new();
    let session = holder.child.id().to_string();
    let (passed, servers, given, output) = forty(
        "forty-left",
        &["nextest", "run"],
        &[("FIXTURED_SESSION", &session)],
    );
    assert!(passed, "{output}");
    assert_eq!((servers.len(), given.len()), (1, 40));
    let look = holder.ask();
    assert_eq!(servers, [look.server.clone()].into());
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
    let holder = Held::new();
    let session = holder.child.id().to_string();
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
        let (passed, servers, _, output) =
            forty(name, runner, &[("FIXTURED_POSTGRES_BIN", "/nowhere")]);
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
    let (passed, _, given, output) = forty("skipped", &["test"], &environment);
    assert!(passed, "{output}");
    assert!(given.is_empty());
    assert_eq!(output.matches("SKIPPED ").count(), 40, "{output}");
}

/// A process that is the runner of a session, and tells about the server in it.
struct Held {
    child: Child,
    answers: BufReader<ChildStdout>,
}

struct Look {
    server: String,
    url: String,
    dir: PathBuf,
}

impl Held {
    fn new() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        without_runner(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn ask(&mut self) -> Look {
        writeln!(self.child.stdin.as_mut().unwrap(), "look").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let mut words = answer.split_whitespace().map(ToOwned::to_owned);
        let mut next = || words.next().unwrap();
        Look {
            server: next(),
            url: next(),
            dir: next().into(),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
