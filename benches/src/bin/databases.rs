//! A database for a test: how long it takes to get one, from a server that runs already.
//!
//! Whether it was *ready* or had to be *made* is seen from its name: one that was made for a test bears the test's name. Tests that take
//! their time find one ready; tests that come as fast as they can mostly do not. The peer is `CREATE DATABASE` on a server started by hand
//! with the same settings.

use std::thread;
use std::time::Duration;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::peer::{MIGRATIONS, Peer};
use fixtured_benches::postgres::Connection;
use fixtured_benches::rerun::{Process, wait_to_be_let_go};
use fixtured_benches::{Result, clock};

/// How long a test works that takes its time.
const WORK: Duration = Duration::from_millis(40);

/// How many tests run at once, where several do.
const THREADS: usize = 4;

/// How many tests a thread runs before the peer has its turn.
const TURN: usize = 10;

/// How many looks in a row must find the product at rest.
const LOOKS: usize = 5;

/// The name of the database to clone that the peer has migrated.
const MIGRATED: &str = "migrated";

/// A row of the table, and milliseconds.
type Sample = (String, f64);

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["client", start] => client(start),
        ["compare", rounds] => compare(rounds.parse()?),
        _ => Err("usage: databases compare ROUNDS".into()),
    }
}

fn acquire(start: &str) -> fixtured::Result<Instance<Postgres>> {
    let postgres = daemons::postgres();
    match start {
        MIGRATED => postgres.init(MIGRATIONS),
        _ => postgres,
    }
    .acquire()
}

/// Acquires, and says how long it took and whether it was ready.
fn timed(start: &str) -> Result<(Instance<Postgres>, f64, &'static str)> {
    let began = clock::now()?;
    let instance = acquire(start)?;
    let took = clock::now()? - began;
    let number = instance.database().strip_prefix("t_").unwrap_or_default();
    let is_unnamed = !number.bytes().any(|byte| byte.is_ascii_alphabetic());
    Ok((instance, took, if is_unnamed { "ready" } else { "made" }))
}

/// Runs in the new process, which is what nextest makes for each test.
fn client(start: &str) -> Result<()> {
    let (instance, took, how) = timed(start)?;
    println!("{took} {how}");
    wait_to_be_let_go()?;
    drop(instance);
    Ok(())
}

fn compare(rounds: usize) -> Result<()> {
    let peer = Peer::new()?;
    peer.migrate(MIGRATED)?;
    let starts = ["plain", MIGRATED];
    // The servers, templates and connections that all use.
    let [plain, migrated] = starts.map(acquire);
    let (plain, _migrated) = (&plain?, migrated?);
    let mut open = peer.connect()?;
    let mut table = Table::default();
    for start in starts {
        for _ in 0..rounds {
            add(&mut table, at_leisure(start)?);
            add(&mut table, at_leisure_in_processes(start)?);
            wait_until_quiet(plain)?;
            add(&mut table, bare_alone(&peer, &mut open, start)?);
        }
        for _ in 0..rounds.div_ceil(TURN) {
            add(&mut table, at_once(|_| hurried(start))?);
            add(&mut table, at_once(|_| hurried_in_processes(start))?);
            wait_until_quiet(plain)?;
            add(
                &mut table,
                at_once(|thread| bare_at_once(&peer, start, thread))?,
            );
        }
    }
    println!("{table}");
    for start in starts {
        for (ours, bare) in [
            ("one process, at leisure, ready", "open connection"),
            ("a process each, at leisure, ready", "new connection"),
            (
                "one process, 4 at once, made",
                "4 at once, open connections",
            ),
            (
                "a process each, 4 at once, made",
                "4 at once, open connections",
            ),
        ] {
            let (ours, bare) = (format!("{start}: {ours}"), format!("{start}: bare, {bare}"));
            println!("- {}", table.compare(&ours, &bare));
        }
    }
    Ok(())
}

fn add(table: &mut Table, samples: Vec<Sample>) {
    for (row, milliseconds) in samples {
        table.add(&row, milliseconds);
    }
}

/// A test that takes its time, in this process.
fn at_leisure(start: &str) -> Result<Vec<Sample>> {
    let (_instance, took, how) = timed(start)?;
    thread::sleep(WORK);
    let row = format!("{start}: one process, at leisure, {how}");
    Ok(vec![(row, took)])
}

/// A test that takes its time, in a process of its own.
fn at_leisure_in_processes(start: &str) -> Result<Vec<Sample>> {
    let (process, took, how) = in_process(start)?;
    thread::sleep(WORK);
    process.finish()?;
    let row = format!("{start}: a process each, at leisure, {how}");
    Ok(vec![(row, took)])
}

/// Tests that come as fast as they can, in this process.
fn hurried(start: &str) -> Result<Vec<Sample>> {
    (0..TURN)
        .map(|_| {
            let (_instance, took, how) = timed(start)?;
            let row = format!("{start}: one process, {THREADS} at once, {how}");
            Ok((row, took))
        })
        .collect()
}

/// Tests that come as fast as they can, each in a process of its own.
fn hurried_in_processes(start: &str) -> Result<Vec<Sample>> {
    (0..TURN)
        .map(|_| {
            let (process, took, how) = in_process(start)?;
            process.finish()?;
            let row = format!("{start}: a process each, {THREADS} at once, {how}");
            Ok((row, took))
        })
        .collect()
}

fn in_process(start: &str) -> Result<(Process, f64, String)> {
    let mut process = Process::start(&["client", start], Some(std::process::id()))?;
    match &process.line()?[..] {
        [took, how] => Ok((process, took.parse()?, how.clone())),
        other => Err(format!("a client says {other:?}").into()),
    }
}

/// Runs this in some threads at once.
fn at_once(work: impl Fn(usize) -> Result<Vec<Sample>> + Sync) -> Result<Vec<Sample>> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        let mut samples = Vec::new();
        for thread in threads {
            samples.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Ok(samples)
    })
}

/// What the product makes and drops behind everybody's back would slow down what is measured next: it is quiet when none of its connections
/// has worked for several looks.
fn wait_until_quiet(kept: &Instance<Postgres>) -> Result<()> {
    let mut connection = Connection::open(kept.socket(), "postgres")?;
    let working =
        "SELECT FROM pg_stat_activity WHERE application_name = 'fixtured' AND state <> 'idle'";
    let until = clock::now()? + 60_000.0;
    let mut quiet = 0;
    while quiet < LOOKS {
        quiet = if connection.execute(working)? > 0 {
            0
        } else {
            quiet + 1
        };
        if clock::now()? > until {
            return Err("the product's connections are still busy".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn statement(start: &str, name: &str) -> String {
    let template = match start {
        MIGRATED => MIGRATED,
        _ => "template1",
    };
    format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
}

/// The peer: over a connection that was there before, and over one that is made first.
fn bare_alone(peer: &Peer, open: &mut Connection, start: &str) -> Result<Vec<Sample>> {
    let began = clock::now()?;
    open.execute(&statement(start, "bare"))?;
    let over_open = clock::now()? - began;
    open.execute("DROP DATABASE bare")?;
    let began = clock::now()?;
    let mut new = peer.connect()?;
    new.execute(&statement(start, "bare"))?;
    let over_new = clock::now()? - began;
    new.execute("DROP DATABASE bare")?;
    Ok(vec![
        (format!("{start}: bare, open connection"), over_open),
        (format!("{start}: bare, new connection"), over_new),
    ])
}

/// The peer in several threads, which leave the dropping to the end as fixtured does.
fn bare_at_once(peer: &Peer, start: &str, thread: usize) -> Result<Vec<Sample>> {
    let mut open = peer.connect()?;
    let mut samples = Vec::new();
    let name = |number| format!("bare_{thread}_{number}");
    for number in 0..TURN {
        let began = clock::now()?;
        open.execute(&statement(start, &name(number)))?;
        let row = format!("{start}: bare, {THREADS} at once, open connections");
        samples.push((row, clock::now()? - began));
    }
    for number in 0..TURN {
        open.execute(&format!("DROP DATABASE {}", name(number)))?;
    }
    Ok(samples)
}
