//! A database for a test: how long it takes to get one, from a server that runs already.
//!
//! Whether it was *ready* or had to be *made* is seen from its name: one that was made for a test bears the test's name. Tests that take
//! their time find one ready; tests that come as fast as they can mostly do not, and often wait for one that is being made. Once the stock is
//! used up, one test after another waits for its own. The peer is `CREATE DATABASE` on a server started by hand with the same settings.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_benches::bare_databases::{self as bare, TURN};
use fixtured_benches::figures::{Sample, Table};
use fixtured_benches::peer::{MIGRATIONS, Peer};
use fixtured_benches::postgres::Connection;
use fixtured_benches::rerun::{Process, wait_to_be_let_go};
use fixtured_benches::seed::Seed;
use fixtured_benches::stock::{self, MOST};
use fixtured_benches::{Result, clock};

/// How many tests run at once, where several do.
const THREADS: usize = 4;

/// The row of tests that wait for a new database.
const NONE_READY: &str = "one process, one after another, none ready";

/// How many looks in a row must find the product at rest.
const LOOKS: usize = 5;

/// What databases start from.
struct Start {
    /// What the table calls it; the peer's database to clone has this name too.
    name: &'static str,
    /// The scripts; an empty path stands for none.
    init: PathBuf,
    /// How long a test works that takes its time: as long as it takes to make a database ahead.
    work: Duration,
    /// Whether as many are made at once as there are tests.
    at_once: bool,
}

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["client", init] => client(init),
        ["compare", rounds] => compare(rounds.parse()?),
        _ => Err("usage: databases compare ROUNDS".into()),
    }
}

fn starts(seed: &Seed) -> [Start; 3] {
    let start = |name, init: PathBuf, work| Start {
        name,
        init,
        work: Duration::from_millis(work),
        at_once: true,
    };
    [
        start("plain", PathBuf::new(), 40),
        start("migrated", MIGRATIONS.into(), 40),
        // At once they would take gigabytes.
        Start {
            at_once: false,
            ..start("seeded", seed.path().into(), 400)
        },
    ]
}

fn acquire(init: &Path) -> fixtured::Result<Instance<Postgres>> {
    let postgres = daemons::postgres();
    match init.as_os_str().is_empty() {
        true => postgres,
        false => postgres.init(init),
    }
    .acquire()
}

/// Acquires, and says how long it took and whether it was ready.
fn timed(init: &Path) -> Result<(Instance<Postgres>, f64, &'static str)> {
    let began = clock::now()?;
    let instance = acquire(init)?;
    let took = clock::now()? - began;
    let how = stock::how(instance.database());
    Ok((instance, took, how))
}

/// Runs in the new process, which is what nextest makes for each test.
fn client(init: &str) -> Result<()> {
    let (instance, took, how) = timed(Path::new(init))?;
    println!("{took} {how}");
    wait_to_be_let_go()?;
    drop(instance);
    Ok(())
}

fn compare(rounds: usize) -> Result<()> {
    let peer = Peer::new()?;
    let seed = Seed::new()?;
    peer.migrate("migrated")?;
    peer.prepare("seeded", &[seed.path()])?;
    let starts = &starts(&seed);
    // The servers, templates and connections that all use.
    let [plain, migrated, seeded] = starts.each_ref().map(|start| acquire(&start.init));
    let (plain, _migrated, _seeded) = (&plain?, migrated?, seeded?);
    let mut open = peer.connect()?;
    let mut table = Table::default();
    for start in starts {
        for _ in 0..rounds {
            add(&mut table, at_leisure(start)?);
            add(&mut table, at_leisure_in_processes(start)?);
            wait_until_quiet(plain)?;
            add(&mut table, bare::alone(&peer, &mut open, start.name)?);
        }
        for _ in 0..rounds.div_ceil(TURN) * usize::from(start.at_once) {
            add(&mut table, at_once(|_| hurried(start))?);
            add(&mut table, at_once(|_| hurried_in_processes(start))?);
            wait_until_quiet(plain)?;
            let row = format!("{THREADS} at once, open connections");
            let by_hand = |thread| bare::hurried(&peer, start.name, thread, &row);
            add(&mut table, at_once(by_hand)?);
            add(&mut table, none_ready(start)?);
            wait_until_quiet(plain)?;
            let row = "one after another, open connection";
            add(&mut table, bare::hurried(&peer, start.name, 0, row)?);
        }
    }
    println!("{table}");
    for start in starts {
        for (ours, bare) in [
            ("one process, at leisure, ready", "open connection"),
            ("a process each, at leisure, ready", "new connection"),
            (NONE_READY, "one after another, open connection"),
            ("one process, 4 at once", "4 at once, open connections"),
            ("a process each, 4 at once", "4 at once, open connections"),
        ] {
            if !start.at_once && !ours.contains("at leisure") {
                continue;
            }
            let name = start.name;
            let (ours, bare) = (format!("{name}: {ours}"), format!("{name}: bare, {bare}"));
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
fn at_leisure(start: &Start) -> Result<Vec<Sample>> {
    let (_instance, took, how) = timed(&start.init)?;
    thread::sleep(start.work);
    let row = format!("{}: one process, at leisure, {how}", start.name);
    Ok(vec![(row, took)])
}

/// A test that takes its time, in a process of its own.
fn at_leisure_in_processes(start: &Start) -> Result<Vec<Sample>> {
    let (process, took, how) = in_process(start)?;
    thread::sleep(start.work);
    process.finish()?;
    let row = format!("{}: a process each, at leisure, {how}", start.name);
    Ok(vec![(row, took)])
}

/// Tests that come as fast as they can, in this process.
fn hurried(start: &Start) -> Result<Vec<Sample>> {
    (0..TURN)
        .map(|_| {
            let (_instance, took, _) = timed(&start.init)?;
            let row = format!("{}: one process, {THREADS} at once", start.name);
            Ok((row, took))
        })
        .collect()
}

/// Tests that come as fast as they can, each in a process of its own.
fn hurried_in_processes(start: &Start) -> Result<Vec<Sample>> {
    (0..TURN)
        .map(|_| {
            let (process, took, _) = in_process(start)?;
            process.finish()?;
            let row = format!("{}: a process each, {THREADS} at once", start.name);
            Ok((row, took))
        })
        .collect()
}

/// One test after another, once the stock is used up. They keep their databases, so none is dropped meanwhile.
fn none_ready(start: &Start) -> Result<Vec<Sample>> {
    let stock = (0..=MOST).map(|_| acquire(&start.init));
    let mut kept = stock.collect::<fixtured::Result<Vec<_>>>()?;
    (0..TURN)
        .map(|_| {
            let (instance, took, _) = timed(&start.init)?;
            kept.push(instance);
            Ok((format!("{}: {NONE_READY}", start.name), took))
        })
        .collect()
}

fn in_process(start: &Start) -> Result<(Process, f64, String)> {
    let init = start.init.to_str().ok_or("the path is not UTF-8")?;
    let mut process = Process::start(&["client", init], Some(std::process::id()))?;
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
