//! The fault table: nothing is left behind, however a test, its runner, the supervisor or a daemon ends.
//!
//! It is printed by `cargo test --test faults table:: -- --nocapture` and `cargo nextest run --test faults table:: --success-output immediate`.
//! With `FAULTS=WORD` in the environment, only the rows with this word in their name or runner are played.

mod bystander;
mod given;
mod line;
mod memory;
mod row;
mod run;
mod strike;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nix::sys::signal::Signal;

use bystander::Bystander;
use line::{HEAD, Line};
use row::{Outcome, Row, Runner};
use strike::{Strike, Who};

/// How many rows are played at once.
const THREADS: usize = 3;

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |name: &str, runner, act, strike| {
        rows.push(Row {
            name: name.into(),
            runner,
            act,
            strike,
        });
    };
    let signals = [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
        Signal::SIGKILL,
    ];
    for runner in [Runner::Cargo, Runner::Nextest] {
        for signal in signals {
            let name = format!("{signal} to the process group");
            add(&name, runner, "pass", Strike::Group(signal));
            let name = format!("{signal} to the runner alone");
            add(&name, runner, "pass", Strike::One(Who::Runner, signal));
        }
        let ctrl_c = Strike::Group(Signal::SIGINT);
        let name = "SIGINT to the process group, the daemons are paused";
        add(name, runner, "pause", ctrl_c);
        for (name, act) in ACTS {
            add(name, runner, act, Strike::Go);
        }
        for (name, act, struck) in ALONE_AND_PAIRS {
            add(name, runner, act, Strike::Together(struck));
        }
        for signal in [Signal::SIGTERM, Signal::SIGHUP] {
            let name = format!("{signal} to the supervisor");
            add(&name, runner, "pass", Strike::One(Who::Supervisor, signal));
        }
    }
    // A runner with one test ends when that is killed. Here the test's daemons must be gone while the session goes on; so only the
    // rows in which the test is struck, or one of its own daemons, have a meaning.
    let guest = Runner::Guest;
    for (name, act) in ACTS {
        add(name, guest, act, Strike::Go);
    }
    let of_session = [
        Who::Runner,
        Who::Supervisor,
        Who::Keepers,
        POSTGRES,
        ITS_KEEPER,
    ];
    for (name, act, struck) in ALONE_AND_PAIRS {
        if !struck.iter().any(|who| of_session.contains(who)) {
            add(name, guest, act, Strike::Together(struck));
        }
    }
    let impatient = Runner::ImpatientNextest;
    add("the test takes too long", impatient, "pass", Strike::Wait);
    let terminal = Runner::Terminal;
    add(
        "the terminal is closed",
        terminal,
        "pass",
        Strike::CloseTerminal,
    );
    rows
}

/// What a test does to itself.
const ACTS: &[(&str, &str)] = &[
    ("the test passes", "pass"),
    ("the test panics", "panic"),
    ("the test exits", "exit"),
    ("the test aborts", "abort"),
    ("the test passes, its daemons are paused", "pause"),
];

const POSTGRES: Who = Who::Daemon("postgres");
const ITS_KEEPER: Who = Who::Keeper("postgres");

/// Who is killed, several at the same moment, and what the test does meanwhile.
#[rustfmt::skip]
const ALONE_AND_PAIRS: &[(&str, &str, &[Who])] = &[
    ("the test is killed", "pass", &[Who::Test]),
    ("the supervisor is killed, the next session sweeps", "pass", &[Who::Supervisor]),
    ("PostgreSQL is killed", "pass", &[POSTGRES]),
    ("a program is killed", "pass", &[Who::Daemon("stubborn")]),
    ("a program whose child has detached itself is killed", "pass", &[Who::Daemon("detaching")]),
    ("the keeper of PostgreSQL is killed", "pass", &[ITS_KEEPER]),
    ("the keeper of a program is killed", "pass", &[Who::Keeper("stubborn")]),
    ("the keeper of a program whose child has detached itself is killed", "pass", &[Who::Keeper("detaching")]),
    ("all keepers are killed", "pass", &[Who::Keepers]),
    ("test and runner are killed", "pass", &[Who::Test, Who::Runner]),
    ("test and supervisor are killed, the next session sweeps", "pass", &[Who::Test, Who::Supervisor]),
    ("test and PostgreSQL are killed", "pass", &[Who::Test, POSTGRES]),
    ("test and a program are killed", "pass", &[Who::Test, Who::Daemon("stubborn")]),
    ("test and all keepers are killed", "pass", &[Who::Test, Who::Keepers]),
    ("runner and supervisor are killed, the next session sweeps", "pass", &[Who::Runner, Who::Supervisor]),
    ("runner and PostgreSQL are killed", "pass", &[Who::Runner, POSTGRES]),
    ("runner and a program are killed", "pass", &[Who::Runner, Who::Daemon("stubborn")]),
    ("runner and all keepers are killed", "pass", &[Who::Runner, Who::Keepers]),
    ("supervisor and PostgreSQL are killed, the next session sweeps", "pass", &[Who::Supervisor, POSTGRES]),
    ("supervisor and a program are killed, the next session sweeps", "pass", &[Who::Supervisor, Who::Daemon("stubborn")]),
    ("supervisor and all keepers are killed, the next session sweeps", "pass", &[Who::Supervisor, Who::Keepers]),
    ("PostgreSQL and its keeper are killed", "pass", &[POSTGRES, ITS_KEEPER]),
    ("test, runner and supervisor are killed, the next session sweeps", "pass", &[Who::Test, Who::Runner, Who::Supervisor]),
    ("test, runner, supervisor and all keepers are killed, the next session sweeps", "pass",
        &[Who::Test, Who::Runner, Who::Supervisor, Who::Keepers]),
    ("the test is killed, its daemons are paused", "pause", &[Who::Test]),
    ("the runner is killed, the daemons are paused", "pause", &[Who::Runner]),
    ("the supervisor is killed, the daemons are paused, the next session sweeps", "pause", &[Who::Supervisor]),
    ("all keepers are killed, the daemons are paused", "pause", &[Who::Keepers]),
    ("test, runner and supervisor are killed, the daemons are paused, the next session sweeps", "pause",
        &[Who::Test, Who::Runner, Who::Supervisor]),
    ("the test is killed while a daemon starts", "start", &[Who::Test]),
    ("the runner is killed while a daemon starts", "start", &[Who::Runner]),
    ("test and runner are killed while a daemon starts", "start", &[Who::Test, Who::Runner]),
    ("the supervisor is killed while a daemon starts, the next session sweeps", "start", &[Who::Supervisor]),
    ("the test is killed while a daemon is stopped", "stop", &[Who::Test]),
    ("the runner is killed while a daemon is stopped", "stop", &[Who::Runner]),
    ("test and runner are killed while a daemon is stopped", "stop", &[Who::Test, Who::Runner]),
    ("the supervisor is killed while a daemon is stopped, the next session sweeps", "stop", &[Who::Supervisor]),
];

/// Plays all rows, a few at a time, and returns what came of them in their order.
fn play(rows: &[Row], bystander: &Bystander) -> Vec<Result<Outcome, String>> {
    let next = AtomicUsize::new(0);
    let outcomes: Vec<OnceLock<_>> = rows.iter().map(|_| OnceLock::new()).collect();
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(row) = rows.get(number) else { break };
            let played = catch_unwind(AssertUnwindSafe(|| row.play(number, bystander)));
            let outcome = played.map_err(|panic| {
                let text = panic.downcast_ref::<String>().cloned();
                text.unwrap_or_else(|| "it panicked".into())
            });
            outcomes[number].set(outcome).unwrap();
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.into_inner().unwrap())
        .collect()
}

#[test]
fn nothing_is_left() {
    let mut rows = rows();
    if let Ok(word) = env::var("FAULTS") {
        rows.retain(|row| row.name.contains(&word) || row.runner.name().contains(&word));
    }
    assert!(!rows.is_empty(), "no row has this word in its name");
    let bystander = Bystander::new();
    let outcomes = play(&rows, &bystander);
    println!("{HEAD}");
    let lines: Vec<_> = rows
        .iter()
        .zip(&outcomes)
        .map(|(row, outcome)| Line(row, outcome))
        .collect();
    for line in &lines {
        println!("{line}");
    }
    bystander.end();
    let unclean = lines.iter().filter(|line| !line.is_clean());
    let unclean: Vec<_> = unclean.map(ToString::to_string).collect();
    assert!(
        unclean.is_empty(),
        "{} rows:\n{}",
        unclean.len(),
        unclean.join("\n")
    );
}
