//! Stopping: from letting go of an instance, or the end of the test run, until all of it is gone.

use std::path::PathBuf;

use fixtured::{Acquire, Daemon, Instance, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::rerun::{Process, wait_to_be_let_go};
use fixtured_benches::running::{children, gone, parent};
use fixtured_benches::{Result, clock};

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["runner"] => runner(),
        ["measure", rounds] => measure(rounds.parse()?),
        _ => Err("usage: stop measure ROUNDS".into()),
    }
}

fn measure(rounds: usize) -> Result<()> {
    let mut table = Table::default();
    for _ in 0..rounds {
        drop_one("redis", daemons::redis().start()?, &mut table)?;
        drop_one("memcached", daemons::memcached().start()?, &mut table)?;
        drop_one(
            "postgres, scope `test`",
            daemons::postgres().start()?,
            &mut table,
        )?;
        end_of_the_run(&mut table)?;
    }
    println!("{table}");
    Ok(())
}

/// Everything of the daemon: its process, its keeper, its directory and its log.
fn drop_one<D: Daemon>(name: &str, instance: Instance<D>, table: &mut Table) -> Result<()> {
    let pids = [instance.pid(), parent(instance.pid())?];
    let paths = [instance.dir().to_owned(), instance.log().to_owned()];
    let began = clock::now()?;
    drop(instance);
    let dropped = clock::now()?;
    table.add(&format!("{name}: drop returns"), dropped - began);
    table.add(&format!("{name}: gone"), gone(&pids, &paths)? - began);
    Ok(())
}

/// Everything of a session: PostgreSQL's processes, keeper, supervisor and directories.
fn end_of_the_run(table: &mut Table) -> Result<()> {
    let mut process = Process::start(&["runner"], None)?;
    let line = process.line()?;
    let [postgres, dir, log] = &line[..] else {
        return Err("the runner says what it has".into());
    };
    let postgres = postgres.parse()?;
    let keeper = parent(postgres)?;
    let mut pids = vec![postgres, keeper, parent(keeper)?];
    pids.extend(children(postgres));
    let directories = [dir, log].map(|path| PathBuf::from(path).parent().map(PathBuf::from));
    let paths: Vec<_> = directories.into_iter().flatten().collect();
    let began = clock::now()?;
    process.kill()?;
    table.add(
        "postgres: SIGKILL of the runner to all gone",
        gone(&pids, &paths)? - began,
    );
    Ok(())
}

/// Runs in the new process, which is a test run that gets killed.
fn runner() -> Result<()> {
    let postgres = daemons::postgres().acquire()?;
    println!(
        "{} {} {}",
        postgres.pid(),
        postgres.dir().display(),
        postgres.log().display()
    );
    wait_to_be_let_go()
}
