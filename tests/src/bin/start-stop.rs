//! Starts a program that says `ready`, stops it, and says what came of it: `stopped`, or the error. `start-stop GRACE PROGRAM [ARGUMENT…]`.

use std::env;

use fixtured::OutputExecutor;

fn main() {
    let mut words = env::args().skip(1);
    let grace = words.next().unwrap_or_default();
    let command: Vec<_> = words.collect();
    let mut executor = OutputExecutor::new(command, "^ready$").grace(grace.as_str());
    let started = executor.start().map(drop);
    match started.and_then(|()| executor.stop().map(drop)) {
        Ok(()) => println!("stopped"),
        Err(error) => println!("{error}"),
    }
}
