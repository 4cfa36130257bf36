//! Acquires PostgreSQL as a test process would, and says which server and database it was given.

use fixtured::{Acquire, daemons};

fn main() -> fixtured::Result<()> {
    let postgres = daemons::postgres().acquire()?;
    println!("{} {}", postgres.pid(), postgres.database());
    Ok(())
}
