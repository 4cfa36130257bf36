//! Nothing is left behind, however the test, its runner or the supervisor ends.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fixtured_tests::{
    Nested, alive, cargo, eventually, processes, scratch_directory, supervisor_of, without_runner,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const CARGO: [&str; 5] = ["test", "--workspace", "--offline", "--test", "victim"];
const NEXTEST: [&str; 6] = [
    "nextest",
    "run",
    "--workspace",
    "--offline",
    "--test",
    "victim",
];

/// What the victim was given.
#[derive(Debug, Default)]
struct Given {
    session: PathBuf,
    test: u32,
    pids: Vec<u32>,
    ports: Vec<u16>,
    paths: Vec<PathBuf>,
    mark: String,
}

impl Given {
    fn read(record: &Path, mark: &str) -> Option<Self> {
        let mut given = Self {
            mark: mark.into(),
            ..Self::default()
        };
        for line in fs::read_to_string(record).ok()?.lines() {
            match line.split_once(' ')? {
                ("session", path) => given.session = path.into(),
                ("test", pid) => given.test = pid.parse().ok()?,
                ("pid", pid) => given.pids.push(pid.parse().ok()?),
                ("port", port) => given.ports.push(port.parse().ok()?),
                ("path", path) => given.paths.push(path.into()),
                other => panic!("{other:?}"),
            }
        }
        // The server's own children, which are in other process groups.
        let children = processes()
            .into_iter()
            .filter(|process| given.pids.contains(&process.parent));
        given
            .pids
            .extend(children.map(|process| process.pid).collect::<Vec<_>>());
        Some(given)
    }

    /// What is left of it.
    fn left(&self, with_session: bool) -> Vec<String> {
        let mut left: Vec<_> = self
            .pids
            .iter()
            .filter(|pid| alive(**pid))
            .map(|pid| format!("pid {pid}"))
            .collect();
        let marked = processes()
            .into_iter()
            .filter(|process| process.command.contains(&self.mark));
        left.extend(
            marked
                .filter(|it| it.command.contains("misbehave"))
                .map(|it| format!("{} {}", it.pid, it.command)),
        );
        let free = |port: &&u16| TcpListener::bind((Ipv4Addr::LOCALHOST, **port)).is_ok();
        left.extend(
            self.ports
                .iter()
                .filter(|port| !free(port))
                .map(|port| format!("port {port}")),
        );
        if with_session {
            let paths = self.paths.iter().chain([&self.session]);
            left.extend(
                paths
                    .filter(|path| path.exists())
                    .map(|path| path.display().to_string()),
            );
            left.extend(supervisor_of(&self.session).map(|it| format!("supervisor {}", it.pid)));
        }
        left
    }
}

/// Runs the victim, ends it in this way, and checks that nothing is left.
fn check(name: &str, runner: &[&str], end: &str, strike: impl FnOnce(&Nested, &Given)) -> String {
    let scratch = scratch_directory(name).unwrap();
    let record = scratch.join("record");
    let mark = format!("victim-{name}-{}", std::process::id());
    let mut command = cargo(runner);
    command
        .env("VICTIM_RECORD", &record)
        .env("VICTIM_END", end)
        .env("VICTIM_MARK", &mark);
    if name.contains("keepers") {
        command.env("VICTIM_CALM", "yes");
    }
    let nested = Nested::start(command, &scratch).unwrap();
    let (given, _) = eventually("the victim runs", || match Given::read(&record, &mark) {
        None if !alive(nested.pid()) => panic!("{}", nested.printed()),
        given => given,
    });
    // Those that end by themselves may have done so already.
    if end == "wait" {
        let left = given.left(true);
        let everything = given.pids.len() + given.ports.len() + given.paths.len();
        assert!(left.len() > everything, "{left:?} of {given:?}");
    }
    let struck = Instant::now();
    strike(&nested, &given);
    eventually("the runner ends", || (!alive(nested.pid())).then_some(()));
    let (_, output) = nested.end().unwrap();
    eventually(&format!("{name}: nothing is left"), || {
        given.left(true).is_empty().then_some(())
    });
    let took = struck.elapsed();
    println!("{name:<32} nothing left after {:>5} ms", took.as_millis());
    assert!(took < Duration::from_secs(20));
    output
}

fn signal_group(signal: Signal) -> impl FnOnce(&Nested, &Given) {
    move |nested, _| kill(Pid::from_raw(-(nested.pid() as i32)), signal).unwrap()
}

fn signal_runner(signal: Signal) -> impl FnOnce(&Nested, &Given) {
    move |nested, given| {
        kill(Pid::from_raw(nested.pid() as i32), signal).unwrap();
        // A test whose runner is gone goes on as an orphan; what it was given must be gone all the same.
        let _ = eventually("all is gone", || given.left(true).is_empty().then_some(()));
        let _ = kill(Pid::from_raw(given.test as i32), Signal::SIGKILL);
        eventually("the orphan is gone", || (!alive(given.test)).then_some(()));
    }
}

fn nothing(_: &Nested, _: &Given) {}

fn kill_test(_: &Nested, given: &Given) {
    kill(Pid::from_raw(given.test as i32), Signal::SIGKILL).unwrap();
}

/// Makes a test of each row: a name, a runner, what the victim does, and what is done to it.
macro_rules! rows {
    ($($name:ident: $runner:ident, $end:literal, $strike:expr;)*) => {$(
        #[test]
        fn $name() {
            check(stringify!($name), &$runner, $end, $strike);
        }
    )*};
}

rows! {
    cargo_group_interrupted: CARGO, "wait", signal_group(Signal::SIGINT);
    cargo_group_terminated: CARGO, "wait", signal_group(Signal::SIGTERM);
    cargo_group_killed: CARGO, "wait", signal_group(Signal::SIGKILL);
    cargo_interrupted: CARGO, "wait", signal_runner(Signal::SIGINT);
    cargo_terminated: CARGO, "wait", signal_runner(Signal::SIGTERM);
    cargo_killed: CARGO, "wait", signal_runner(Signal::SIGKILL);
    cargo_test_killed: CARGO, "wait", kill_test;
    cargo_test_panics: CARGO, "panic", nothing;
    cargo_test_exits: CARGO, "exit", nothing;
    cargo_test_aborts: CARGO, "abort", nothing;
    nextest_group_interrupted: NEXTEST, "wait", signal_group(Signal::SIGINT);
    nextest_group_terminated: NEXTEST, "wait", signal_group(Signal::SIGTERM);
    nextest_group_killed: NEXTEST, "wait", signal_group(Signal::SIGKILL);
    nextest_interrupted: NEXTEST, "wait", signal_runner(Signal::SIGINT);
    nextest_terminated: NEXTEST, "wait", signal_runner(Signal::SIGTERM);
    nextest_killed: NEXTEST, "wait", signal_runner(Signal::SIGKILL);
    nextest_test_killed: NEXTEST, "wait", kill_test;
    nextest_test_panics: NEXTEST, "panic", nothing;
    nextest_test_exits: NEXTEST, "exit", nothing;
    nextest_test_aborts: NEXTEST, "abort", nothing;
}

#[test]
fn nextest_times_out() {
    let config = scratch_directory("nextest-config").unwrap();
    let path = config.join("nextest.toml");
    fs::write(&path, "[profile.default]\nslow-timeout = { period = \"2s\", terminate-after = 1, grace-period = \"0s\" }\n").unwrap();
    let path = path.to_str().unwrap();
    let mut runner = NEXTEST.to_vec();
    runner.extend(["--config-file", path]);
    let output = check("nextest_times_out", &runner, "wait", nothing);
    assert!(
        output.contains("TIMEOUT") || output.contains("timed out"),
        "{output}"
    );
    assert!(!output.contains("LEAK"), "{output}");
}

/// A session that begins, and so sweeps. Its own process is its runner.
fn next_session() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
    without_runner(&mut command);
    assert!(command.status().unwrap().success());
}

/// A supervisor that is killed takes its daemons along; the directories are swept by the next session.
#[test]
fn supervisor_killed() {
    let strike = |nested: &Nested, given: &Given| {
        let supervisor = supervisor_of(&given.session).unwrap();
        kill(Pid::from_raw(supervisor.pid as i32), Signal::SIGKILL).unwrap();
        eventually("the daemons are gone", || {
            given.left(false).is_empty().then_some(())
        });
        assert!(alive(given.test));
        kill(Pid::from_raw(-(nested.pid() as i32)), Signal::SIGKILL).unwrap();
        eventually("the runner ends", || (!alive(nested.pid())).then_some(()));
        next_session();
    };
    check("supervisor_killed", &CARGO, "wait", strike);
}

/// The supervisor and all its keepers at once: only the parent-death signal and the sweep are left.
#[test]
fn supervisor_and_keepers_killed() {
    let strike = |nested: &Nested, given: &Given| {
        let supervisor = supervisor_of(&given.session).unwrap();
        let keepers = processes()
            .into_iter()
            .filter(|it| it.parent == supervisor.pid);
        let all: Vec<_> = keepers.map(|it| it.pid).chain([supervisor.pid]).collect();
        for pid in &all {
            kill(Pid::from_raw(*pid as i32), Signal::SIGSTOP).unwrap();
        }
        for pid in &all {
            kill(Pid::from_raw(*pid as i32), Signal::SIGKILL).unwrap();
        }
        eventually("the daemons are gone", || {
            given.pids.iter().all(|pid| !alive(*pid)).then_some(())
        });
        kill(Pid::from_raw(-(nested.pid() as i32)), Signal::SIGKILL).unwrap();
        eventually("the runner ends", || (!alive(nested.pid())).then_some(()));
        for process in processes()
            .into_iter()
            .filter(|it| it.command.contains(&given.mark))
        {
            // What has cleared its environment cannot be told from a stranger's process by the next session.
            let _ = kill(Pid::from_raw(process.pid as i32), Signal::SIGKILL);
        }
        next_session();
    };
    check("supervisor_and_keepers_killed", &CARGO, "wait", strike);
}
