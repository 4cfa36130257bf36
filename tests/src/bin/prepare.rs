//! Acquires PostgreSQL with code that prepares it for as long as standard input is open.

use std::io::{Read, stdin};

use fixtured::{Acquire, daemons};

fn prepare(_: &str) -> Result<(), std::io::Error> {
    println!("preparing");
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn main() -> fixtured::Result<()> {
    let postgres = daemons::postgres().init(prepare).acquire()?;
    println!("prepared {}", postgres.database());
    Ok(())
}
