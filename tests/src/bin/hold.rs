//! Is the runner of a session as long as its standard input is open, and for each line of it tells about the server there.

use std::io::stdin;

use fixtured::{Acquire, daemons};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut held = Vec::new();
    for _ in stdin().lines() {
        let postgres = daemons::postgres().acquire()?;
        println!(
            "{} {} {} {}",
            postgres.pid(),
            postgres.url(),
            postgres.dir().display(),
            postgres.log().display()
        );
        // The database is there until the session ends, for whoever was told about it.
        held.push(postgres);
    }
    Ok(())
}
