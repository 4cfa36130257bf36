//! Leases as many ports as its argument says, all for one process, prints them, and holds them as long as its standard input is open.

use std::io::{BufRead, stdin};

use fixtured::SimpleExecutor;
use fixtured_tests::eventually;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = std::env::args().nth(1).unwrap_or_default().parse()?;
    // The process prints what it was told, so these are the ports that it could have listened on.
    let mut command: Vec<_> = ["sh", "-c", "echo \"$@\"; exec sleep 1000", "sh"]
        .map(String::from)
        .into();
    command.extend((1..=count).map(|number| format!("{{port:{number}}}")));
    let mut holder = SimpleExecutor::new(command);
    holder.start()?;
    let mut output = holder.output()?;
    let mut ports = String::new();
    eventually("it has printed its ports", || {
        output.read_line(&mut ports).ok()?;
        ports.ends_with('\n').then_some(())
    });
    println!("{} {}", holder.pid()?, ports.trim_end());
    stdin().lines().for_each(drop);
    Ok(())
}
