//! Attaching to an instance that runs already, from a new process.
//!
//! This process is the runner of the session; each sample is a new process that belongs to it.

use std::path::Path;

use fixtured::daemons::Program;
use fixtured::{Acquire, Instance, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::postgres::Connection;
use fixtured_benches::rerun::{Process, wait_to_be_let_go};
use fixtured_benches::{Result, clock};

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["client", "program"] => client(program),
        ["client", _] => client(|| daemons::postgres().acquire()),
        ["compare", rounds] => compare(rounds.parse()?),
        _ => Err("usage: attach compare ROUNDS".into()),
    }
}

/// A server that is shared as it is.
fn program() -> fixtured::Result<Instance<Program>> {
    let server = std::env::current_exe()
        .unwrap_or_default()
        .with_file_name("late-server");
    // In the instance's own directory, which is removed with it.
    let command = [
        &server.display().to_string(),
        "tcp",
        "127.0.0.1:{port}",
        "{dir}/stamp",
        "0",
    ];
    Program::new(command).tcp("127.0.0.1:{port}").acquire()
}

/// Runs in the new process: attaches, says how long it took, and keeps the instance until it is let go.
fn client<D>(acquire: impl Fn() -> fixtured::Result<Instance<D>>) -> Result<()> {
    let began = clock::now()?;
    let instance = acquire()?;
    let first = clock::now()?;
    // The second one finds the program's pages loaded and the session known.
    let again = acquire()?;
    println!("{} {}", first - began, clock::now()? - first);
    wait_to_be_let_go()?;
    drop((instance, again));
    Ok(())
}

fn compare(rounds: usize) -> Result<()> {
    let _program = program()?;
    let postgres = daemons::postgres().acquire()?;
    let mut table = Table::default();
    for _ in 0..rounds {
        attach("program", &mut table)?;
        attach("postgres", &mut table)?;
        wait_for_few_databases_but(postgres.database(), postgres.socket())?;
        create_database(postgres.socket(), &mut table)?;
    }
    println!("{table}");
    println!(
        "- {}",
        table.compare("postgres", "bare: connect, create database")
    );
    Ok(())
}

fn attach(name: &str, table: &mut Table) -> Result<()> {
    let mut process = Process::start(&["client", name], Some(std::process::id()))?;
    if let [first, again] = process.numbers()?[..] {
        table.add(name, first);
        table.add(&format!("{name}, again in the same process"), again);
    }
    process.finish()
}

/// What a client has left is removed behind its back, which would slow down what is measured next.
fn wait_for_few_databases_but(own: &str, socket: &Path) -> Result<()> {
    let mut connection = Connection::open(socket, "postgres")?;
    let others =
        format!("SELECT FROM pg_database WHERE datname LIKE 't\\_%' AND datname <> '{own}'");
    // As many are made ahead at most.
    while connection.execute(&others)? > 8 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    Ok(())
}

fn create_database(socket: &Path, table: &mut Table) -> Result<()> {
    let began = clock::now()?;
    let mut connection = Connection::open(socket, "postgres")?;
    connection.execute("CREATE DATABASE bare TEMPLATE template1 STRATEGY FILE_COPY")?;
    table.add("bare: connect, create database", clock::now()? - began);
    connection.execute("DROP DATABASE bare")?;
    Ok(())
}
