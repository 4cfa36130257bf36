//! A database of MySQL or MariaDB for a test: how long it takes to get one, from a server that runs already.
//!
//! Usage: `mysql-databases ROUNDS`. The peer does what tests do by hand, over an open connection to another server with the same settings:
//! `CREATE DATABASE`, and then the migrations.

use std::path::Path;
use std::thread;
use std::time::Duration;

use fixtured::{Acquire, Instance, daemons};
use fixtured_benches::bare_databases::TURN;
use fixtured_benches::figures::Table;
use fixtured_benches::mysql::Connection;
use fixtured_benches::mysql_migrations::MysqlMigrations;
use fixtured_benches::stock::{self, MOST};
use fixtured_benches::{Result, clock};

/// How many looks in a row must find the product at rest.
const LOOKS: usize = 20;

/// How long a test works that takes its time: as long as it takes to make a database ahead.
const WORK: Duration = Duration::from_millis(200);

/// What databases start from: what the table calls it, and the statements.
struct Start<'a> {
    name: String,
    /// For the peer.
    statements: &'a str,
}

fn main() -> Result<()> {
    let rounds = std::env::args().nth(1);
    let rounds: usize = rounds.ok_or("usage: mysql-databases ROUNDS")?.parse()?;
    let migrations = &MysqlMigrations::new()?;
    let mut table = Table::default();
    let mut names = Vec::new();
    let mysql = daemons::mysql().isolation("none").start()?;
    if version(mysql.socket())?.contains("MariaDB") {
        println!("Oracle's MySQL is not installed.\n");
    } else {
        let [plain, migrated] = starts("MySQL", migrations);
        let peer = &mut Connection::open(mysql.socket())?;
        measure(&plain, daemons::mysql, peer, rounds, &mut table)?;
        let daemon = || daemons::mysql().init(migrations.path());
        measure(&migrated, daemon, peer, rounds, &mut table)?;
        names.extend([plain.name, migrated.name]);
    }
    drop(mysql);
    let mariadb = daemons::mariadb().isolation("none").start()?;
    let [plain, migrated] = starts("MariaDB", migrations);
    let peer = &mut Connection::open(mariadb.socket())?;
    measure(&plain, daemons::mariadb, peer, rounds, &mut table)?;
    let daemon = || daemons::mariadb().init(migrations.path());
    measure(&migrated, daemon, peer, rounds, &mut table)?;
    names.extend([plain.name, migrated.name]);
    println!("{table}");
    for name in names {
        for how in ["at leisure, ready", "one after another, none ready"] {
            let (ours, bare) = (format!("{name}: {how}"), format!("{name}: bare"));
            println!("- {}", table.compare(&ours, &bare));
        }
    }
    Ok(())
}

fn starts<'a>(server: &str, migrations: &'a MysqlMigrations) -> [Start<'a>; 2] {
    [("plain", ""), ("migrated", &migrations.statements)].map(|(what, statements)| Start {
        name: format!("{server}, {what}"),
        statements,
    })
}

fn version(socket: &Path) -> Result<String> {
    let rows = Connection::open(socket)?.execute("SELECT version()")?;
    Ok(rows.concat().concat())
}

/// Measures fixtured and the peer in turns.
fn measure<D: Acquire>(
    start: &Start<'_>,
    daemon: impl Fn() -> D,
    peer: &mut Connection,
    rounds: usize,
    table: &mut Table,
) -> Result<()> {
    // The server, the template and the connections that all use.
    let first = daemon().acquire()?;
    let server = &mut Connection::open(Path::new(first.value("socket")))?;
    let name = &start.name;
    for _ in 0..rounds {
        let (instance, took) = timed(&daemon)?;
        let how = stock::how(instance.value("database"));
        table.add(&format!("{name}: at leisure, {how}"), took);
        thread::sleep(WORK);
        drop(instance);
        wait_until_quiet(server)?;
        bare(start, peer, table)?;
    }
    for _ in 0..rounds.div_ceil(TURN) {
        // Tests keep their databases, so none is dropped meanwhile.
        let stock = (0..=MOST).map(|_| daemon().acquire());
        let mut kept = stock.collect::<fixtured::Result<Vec<_>>>()?;
        for _ in 0..TURN {
            let (instance, took) = timed(&daemon)?;
            table.add(&format!("{name}: one after another, none ready"), took);
            kept.push(instance);
        }
        drop(kept);
        wait_until_quiet(server)?;
        for _ in 0..TURN {
            bare(start, peer, table)?;
        }
    }
    Ok(())
}

fn timed<D: Acquire>(daemon: impl Fn() -> D) -> Result<(Instance<D>, f64)> {
    let began = clock::now()?;
    let instance = daemon().acquire()?;
    Ok((instance, clock::now()? - began))
}

fn bare(start: &Start<'_>, peer: &mut Connection, table: &mut Table) -> Result<()> {
    let began = clock::now()?;
    peer.execute(&format!(
        "CREATE DATABASE bare; USE bare;{}",
        start.statements
    ))?;
    table.add(&format!("{}: bare", start.name), clock::now()? - began);
    peer.execute("DROP DATABASE bare")?;
    Ok(())
}

/// What the product makes and drops behind everybody's back would slow down what is measured next.
fn wait_until_quiet(server: &mut Connection) -> Result<()> {
    let working = "SELECT id FROM information_schema.processlist WHERE command = 'Query' AND id <> connection_id()";
    let until = clock::now()? + 60_000.0;
    let mut quiet = 0;
    while quiet < LOOKS {
        quiet = match server.execute(working)?.is_empty() {
            true => quiet + 1,
            false => 0,
        };
        if clock::now()? > until {
            return Err("the product's connections are still busy".into());
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
