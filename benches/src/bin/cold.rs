//! A cold session with a warm cache: how long it takes to get a server when nothing runs yet.
//!
//! The product's side runs in a new process for each sample, which so is a test run of its own. Its peer is the same server started by
//! hand with the same arguments.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use fixtured::{Acquire, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::postgres::Connection;
use fixtured_benches::rerun::Process;
use fixtured_benches::{Result, bare, clock, launches};

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ours", name] => ours(name),
        ["compare", "postgres", rounds] => compare_postgres(rounds.parse()?),
        ["compare", name, rounds] => compare_other(name, rounds.parse()?),
        _ => Err("usage: cold compare NAME ROUNDS".into()),
    }
}

/// Runs in the new process: gets a server, and says how long it took and how long to the first answer.
fn ours(name: &str) -> Result<()> {
    let began = clock::now()?;
    let (acquired, answered) = match name {
        "postgres" => {
            let postgres = daemons::postgres().acquire()?;
            let acquired = clock::now()?;
            Connection::answered(postgres.socket(), postgres.database())?;
            (acquired, clock::now()?)
        }
        "redis" => {
            let redis = daemons::redis().start()?;
            let acquired = clock::now()?;
            exchange(redis.port(), "PING\r\n", "+PONG")?;
            (acquired, clock::now()?)
        }
        _ => {
            let memcached = daemons::memcached().start()?;
            let acquired = clock::now()?;
            exchange(memcached.port(), "version\r\n", "VERSION")?;
            (acquired, clock::now()?)
        }
    };
    println!("{} {}", acquired - began, answered - began);
    Ok(())
}

fn exchange(port: u16, send: &str, expect: &str) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(send.as_bytes())?;
    let mut answer = vec![0; expect.len()];
    stream.read_exact(&mut answer)?;
    if answer == expect.as_bytes() {
        Ok(())
    } else {
        Err(format!("answered {answer:?}").into())
    }
}

fn measure_ours(name: &str, table: &mut Table) -> Result<()> {
    let mut process = Process::start(&["ours", name], None)?;
    if let [acquired, answered] = process.numbers()?[..] {
        table.add("fixtured", acquired);
        table.add("fixtured, to the first answer", answered);
    }
    process.finish()
}

fn compare_postgres(rounds: usize) -> Result<()> {
    let site = bare::Site::new()?;
    let launch = launches::of("postgres")?;
    // The product keeps its template on a disk, and so does its peer.
    let template = std::env::temp_dir().join(format!("benches-template-{}", std::process::id()));
    bare::make_template(&launch, &template)?;
    // Fills the product's cache.
    measure_ours("postgres", &mut Table::default())?;
    let mut table = Table::default();
    for round in 0..rounds {
        measure_ours("postgres", &mut table)?;
        bare_postgres(&template, &site.path(&round.to_string()), &mut table)?;
    }
    std::fs::remove_dir_all(&template)?;
    println!("{table}");
    println!(
        "- {}",
        table.compare(
            "fixtured",
            "bare: clone, start, first answer, create database"
        )
    );
    println!("- {}", table.compare("fixtured", "bare without the clone"));
    Ok(())
}

fn bare_postgres(template: &Path, dir: &PathBuf, table: &mut Table) -> Result<()> {
    let launch = launches::of("postgres")?;
    let port = bare::free_port()?;
    bare::make_dir(&launch, dir)?;
    let socket = dir.join(format!(".s.PGSQL.{port}"));
    let began = clock::now()?;
    bare::clone_template(template, &dir.join("data"))?;
    let cloned = clock::now()?;
    let mut server = bare::Server::start(&launch, dir, port)?;
    let mut connection = server.answers(|| Connection::answered(&socket, "postgres"))?;
    let answered = clock::now()?;
    connection.execute("CREATE DATABASE x TEMPLATE template1 STRATEGY FILE_COPY")?;
    let created = clock::now()?;
    drop(connection);
    drop(server);
    std::fs::remove_dir_all(dir)?;
    table.add(
        "bare: clone, start, first answer, create database",
        created - began,
    );
    table.add("bare without the clone", created - cloned);
    table.add("bare: clone (`cp -a`)", cloned - began);
    table.add("bare: start to first answer", answered - cloned);
    table.add("bare: create database", created - answered);
    Ok(())
}

fn compare_other(name: &str, rounds: usize) -> Result<()> {
    let site = bare::Site::new()?;
    let launch = launches::of(name)?;
    let (send, expect) = if name == "redis" {
        ("PING\r\n", "+PONG")
    } else {
        ("version\r\n", "VERSION")
    };
    let mut table = Table::default();
    for round in 0..rounds {
        measure_ours(name, &mut table)?;
        let dir = site.path(&round.to_string());
        bare::make_dir(&launch, &dir)?;
        let port = bare::free_port()?;
        let began = clock::now()?;
        let mut server = bare::Server::start(&launch, &dir, port)?;
        server.answers(|| exchange(port, send, expect))?;
        table.add("bare: start to first answer", clock::now()? - began);
        drop(server);
        std::fs::remove_dir_all(&dir)?;
    }
    println!("{table}");
    println!(
        "- {}",
        table.compare("fixtured", "bare: start to first answer")
    );
    Ok(())
}
