//! Is the runner of a session with one process of its own, and does as it is told, one line of standard input after the other: `start`,
//! `pause`, or `stop`. It answers each with a line. Its arguments are the process's command, which prints `ready`.
//! With `--existing` it tries to pause PostgreSQL, and says what it is told.

use std::io::stdin;

use fixtured::{Acquire, OutputExecutor, daemons};

fn main() {
    let command: Vec<_> = std::env::args().skip(1).collect();
    if command == ["--existing"] {
        return pause_existing();
    }
    let executor = OutputExecutor::new(command, "^ready$");
    let mut executor = executor.timeout("2s").grace("200ms");
    for line in stdin().lines().map_while(Result::ok) {
        let done = match line.as_str() {
            "start" => executor.start().map(drop),
            "pause" => executor.pause().map(drop),
            _ => executor.stop().map(drop),
        };
        match done {
            Ok(()) => println!("up {}", executor.pid().unwrap_or(0)),
            Err(error) => println!("error {}", error.to_string().replace('\n', " | ")),
        }
    }
}

fn pause_existing() {
    let paused = daemons::postgres()
        .acquire()
        .and_then(|postgres| postgres.pause());
    match paused {
        Ok(()) => println!("it is paused"),
        Err(error) => println!("{error}"),
    }
}
