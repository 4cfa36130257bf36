//! Acquires Valkey, within this time, with code that prepares it for as long as standard input is open. Prints how often code has run in
//! the first server, then how often in the one it is given, or the first line of the error.

use std::io::{Read, stdin};

use fixtured::{Acquire, daemons};
use fixtured_tests::client;

fn ask(url: &str, words: &[&str]) -> String {
    client("valkey-cli", &[&["-u", url], words].concat())
}

fn prepare(url: &str) -> Result<(), std::io::Error> {
    println!("preparing {}", ask(url, &["INCR", "runs"]));
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn main() {
    let timeout = std::env::args().nth(1).unwrap_or_default();
    let valkey = daemons::valkey().timeout(timeout.as_str()).init(prepare);
    match valkey.acquire() {
        Ok(valkey) => println!("prepared {}", ask(valkey.url(), &["GET", "runs"])),
        Err(error) => println!("{}", error.to_string().lines().next().unwrap_or_default()),
    }
}
