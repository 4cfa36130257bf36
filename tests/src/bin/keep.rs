//! Acquires a database with the migrations of these tests, says which, and keeps it as long as standard input is open.

use std::io::stdin;

use fixtured::{Acquire, daemons};

fn main() -> fixtured::Result<()> {
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let postgres = daemons::postgres().init(migrations).acquire()?;
    println!(
        "{} {} {}",
        postgres.pid(),
        postgres.database(),
        postgres.url()
    );
    stdin().lines().for_each(drop);
    Ok(())
}
