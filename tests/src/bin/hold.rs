//! Is the runner of a session as long as its standard input is open, and for each line of it tells about the server there: the daemon that
//! the line names, or the one of the argument.

use std::error::Error;
use std::io::stdin;

use fixtured::__command_line::Entry;
use fixtured::{Acquire, daemons};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("mysql") => hold(|_| Ok(daemons::mysql())),
        Some("initialised-mysql") => {
            let init = std::env::args().nth(2).unwrap_or_default();
            hold(move |_| Ok(daemons::mysql().init(init.as_str())))
        }
        _ => hold(|name| {
            let entry = Entry::named(name).ok_or("there is no such daemon")?;
            Ok((entry.launch)())
        }),
    }
}

fn hold<D: Acquire>(
    daemon: impl Fn(&str) -> Result<D, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut held = Vec::new();
    for name in stdin().lines() {
        let instance = daemon(&name?)?.acquire()?;
        let values = instance.values();
        let part = values.get("prefix").or(values.get("database"));
        let part = part.map_or("", String::as_str);
        println!(
            "{} {} {} {} {}",
            instance.pid(),
            instance.url(),
            instance.dir().display(),
            instance.log().display(),
            part
        );
        // What it gives is there until the session ends, for whoever was told about it.
        held.push(instance);
    }
    Ok(())
}
