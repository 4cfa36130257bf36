//! Is the runner of a session as long as its standard input is open, and for each line of it tells about the server there: PostgreSQL, or
//! what the argument says.

use std::io::stdin;

use fixtured::{Acquire, daemons};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("mysql") => hold(daemons::mysql),
        Some("initialised-mysql") => {
            let init = std::env::args().nth(2).unwrap_or_default();
            hold(move || daemons::mysql().init(init.as_str()))
        }
        _ => hold(daemons::postgres),
    }
}

fn hold<D: Acquire>(daemon: impl Fn() -> D) -> Result<(), Box<dyn std::error::Error>> {
    let mut held = Vec::new();
    for _ in stdin().lines() {
        let instance = daemon().acquire()?;
        println!(
            "{} {} {} {}",
            instance.pid(),
            instance.url(),
            instance.dir().display(),
            instance.log().display()
        );
        // The database is there until the session ends, for whoever was told about it.
        held.push(instance);
    }
    Ok(())
}
