//! Acquires PostgreSQL as a test process would, within the time that may be given, and says which server and database it was given.

use fixtured::{Acquire, daemons};

fn main() -> fixtured::Result<()> {
    let postgres = daemons::postgres();
    let postgres = match std::env::args().nth(1) {
        Some(timeout) => postgres.timeout(timeout.as_str()),
        None => postgres,
    };
    let postgres = postgres.acquire()?;
    println!("{} {}", postgres.pid(), postgres.database());
    Ok(())
}
