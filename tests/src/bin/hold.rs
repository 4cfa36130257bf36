//! Is the runner of a session as long as its standard input is open, and for each line of it tells about the server there.

use std::io::stdin;

use fixtured::{Acquire, daemons};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for _ in stdin().lines() {
        let postgres = daemons::postgres().acquire()?;
        println!("{} {} {}", postgres.pid(), postgres.url(), postgres.dir().display());
    }
    Ok(())
}
