//! Five hundred tests with twenty migrations, with fixtured and with `sqlx::test`, in turns.
//!
//! Each run has a server that was just started, and is over before the next begins. The set-up of a test lasts from the first line of the
//! test function, before what either attribute does, until a pool of connections to the test's database has answered; the tests note it
//! themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fixtured::{Acquire, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::peer::Peer;
use fixtured_benches::rerun::{Process, wait_to_be_let_go};
use fixtured_benches::{Result, clock, room, running};

/// How many tests there are of each kind.
const TESTS: usize = 500;

/// How often it is looked how much room there is. Looking takes some milliseconds.
const LOOK: Duration = Duration::from_millis(500);

/// Both ways to run tests: one process for each, and threads of one process.
const RUNNERS: [(&str, &[&str]); 2] = [
    ("cargo nextest run", &["nextest", "run"]),
    ("cargo test", &["test", "--quiet"]),
];

/// What became of one run.
struct Run {
    seconds: f64,
    setups: Vec<f64>,
    room: Room,
}

/// What its server took.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    databases: usize,
    disk_before: u64,
    disk: u64,
    disk_after: u64,
    memory: u64,
}

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["hold"] => hold(),
        ["compare", target, rounds] => compare(Path::new(target), rounds.parse()?),
        _ => Err("usage: suite compare TARGET-DIRECTORY ROUNDS".into()),
    }
}

/// Runs in a new process, which is the runner of a session: starts the server, and says where it is.
fn hold() -> Result<()> {
    let postgres = daemons::postgres().acquire()?;
    let (session, server) = (std::process::id(), postgres.pid());
    println!("{session} {server} {}", postgres.dir().display());
    wait_to_be_let_go()
}

fn compare(target: &Path, rounds: usize) -> Result<()> {
    succeed(&mut cargo(target, &["test", "--no-run", "--quiet"]))?;
    let mut table = Table::default();
    let mut summary = String::from(
        "| | tests run in (s) | set-up of all (s) | databases at most | disk before, at most, after (MB) | memory after (MB) |\n\
         |---|---:|---:|---:|---:|---:|\n",
    );
    for _ in 0..rounds {
        for (name, runner) in RUNNERS {
            for (kind, run) in [
                ("fixtured", by_fixtured(target, runner)?),
                ("sqlx::test", by_sqlx(target, runner)?),
            ] {
                let row = format!("{name}, {kind}");
                summary += &run.line(&row)?;
                run.setups.iter().for_each(|setup| table.add(&row, *setup));
            }
        }
    }
    println!("The set-up of a test:\n\n{table}");
    println!("Whole runs:\n\n{summary}");
    for (name, _) in RUNNERS {
        let [ours, peers] =
            ["fixtured", "sqlx::test"].map(|kind| table.row(&format!("{name}, {kind}")));
        println!(
            "- {name}: the set-up of `sqlx::test` takes {:.1} × as long as fixtured's in the median, {:.1} × in all",
            peers.median() / ours.median(),
            peers.sum() / ours.sum()
        );
    }
    Ok(())
}

impl Run {
    fn line(&self, name: &str) -> Result<String> {
        if self.setups.len() != TESTS {
            return Err(format!("{name}: {} tests were run", self.setups.len()).into());
        }
        let Room {
            databases,
            disk_before,
            disk,
            disk_after,
            memory,
        } = self.room;
        let [before, most, after, memory] =
            [disk_before, disk, disk_after, memory].map(|bytes| bytes / 1_000_000);
        Ok(format!(
            "| {name} | {:.1} | {:.1} | {databases} | {before}, {most}, {after} | {memory} |\n",
            self.seconds,
            self.setups.iter().sum::<f64>() / 1000.0
        ))
    }
}

fn by_fixtured(target: &Path, runner: &[&str]) -> Result<Run> {
    let mut holder = Process::start(&["hold"], None)?;
    let line = holder.line()?;
    let [session, server, dir] = &line[..] else {
        return Err(format!("the holder says {line:?}").into());
    };
    // The supervisor is the parent of the server's keeper.
    let supervisor = running::parent(running::parent(server.parse()?)?)?;
    let mut command = cargo(target, &[runner, &["--test", "by_fixtured"]].concat());
    command.env("FIXTURED_SESSION", session);
    let run = run(command, &Path::new(dir).join("data"), supervisor)?;
    holder.finish()?;
    Ok(run)
}

fn by_sqlx(target: &Path, runner: &[&str]) -> Result<Run> {
    let peer = Peer::new()?;
    let mut command = cargo(target, &[runner, &["--test", "by_sqlx"]].concat());
    command.env("DATABASE_URL", peer.url());
    run(command, &peer.data(), peer.pid())
}

/// Runs five hundred tests, and looks meanwhile how much room the server takes.
fn run(mut command: Command, data: &Path, root: u32) -> Result<Run> {
    let record = record();
    command.env("SUITE_RECORD", &record);
    let mut found = Room {
        disk_before: room::of_directory(data),
        ..Room::default()
    };
    let over = AtomicBool::new(false);
    let began = clock::now()?;
    let ended = thread::scope(|scope| -> Result<f64> {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                found.databases = found.databases.max(room::databases(data));
                found.disk = found.disk.max(room::of_directory(data));
                thread::park_timeout(LOOK);
            }
        });
        let succeeded = succeed(&mut command);
        let ended = clock::now();
        over.store(true, Ordering::Relaxed);
        succeeded.and(ended)
    })?;
    found.disk_after = room::of_directory(data);
    found.memory = room::of_processes(root);
    let setups = fs::read_to_string(&record)?;
    fs::remove_file(&record)?;
    Ok(Run {
        seconds: (ended - began) / 1000.0,
        setups: setups
            .lines()
            .map(|line| Ok(line.parse()?))
            .collect::<Result<_>>()?,
        room: found,
    })
}

/// The file that the tests write to.
fn record() -> PathBuf {
    std::env::temp_dir().join(format!("benches-suite-{}", std::process::id()))
}

/// A cargo command in the suite, which belongs to no test run.
fn cargo(target: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(args)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/suite"))
        .env("CARGO_TARGET_DIR", target)
        .env_remove("FIXTURED_SESSION")
        .env_remove("NEXTEST_RUN_ID")
        .stdin(Stdio::null());
    command
}

fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let [printed, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Err(format!("{command:?}: {}\n{printed}{errors}", output.status).into())
}
