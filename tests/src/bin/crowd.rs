//! Uses one server of its session many times at once: `crowd COUNT`. Says `held COUNT`, or `error` and what went wrong.

use fixtured::Acquire;
use fixtured::daemons::Program;

fn main() {
    let count: usize = std::env::args()
        .nth(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    let acquire = |_| {
        let program = Program::new("sh -c 'echo ready; exec sleep 1000'").output("^ready$");
        program.timeout("10s").acquire()
    };
    match (0..count).map(acquire).collect::<Result<Vec<_>, _>>() {
        Ok(held) => println!("held {}", held.len()),
        Err(error) => println!("error {}", error.to_string().replace('\n', " | ")),
    }
}
