//! Redis that starts from a data set, beside an empty one.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fixtured::daemons::Redis;
use fixtured::{Acquire, daemons};
use fixtured_benches::figures::Table;
use fixtured_benches::{Result, clock};

/// How many keys the data set has.
const KEYS: usize = 100_000;

/// What a test takes for itself, while the next server is started.
const TEST: Duration = Duration::from_millis(150);

const EMPTY: &str = "empty";
const FIRST: &str = "data: the first, with the code that makes it";
const AHEAD: &str = "data: a server has been started ahead";
const NONE: &str = "data: none has been started ahead";
const ROW: &str = "data: one after the other without a pause";
const EMPTY_ROW: &str = "empty: one after the other without a pause";

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["compare", rounds] => compare(rounds.parse()?),
        _ => Err("usage: start-from compare ROUNDS".into()),
    }
}

/// Sets the keys, and asks how many there are.
fn fill(url: &str) -> std::io::Result<()> {
    let address = url.trim_start_matches("redis://");
    let mut connection = TcpStream::connect(address)?;
    let lines = (0..KEYS).map(|key| format!("SET key:{key:06} value:{key:06}\r\n"));
    let commands = lines.collect::<String>() + "DBSIZE\r\n";
    let mut sending = connection.try_clone()?;
    let sender = thread::spawn(move || {
        sending.write_all(commands.as_bytes())?;
        sending.shutdown(Shutdown::Write)
    });
    let mut answers = String::new();
    connection.read_to_string(&mut answers)?;
    let sent = sender.join();
    sent.map_err(|_| std::io::Error::other("the sender has panicked"))??;
    match answers.ends_with(&format!(":{KEYS}\r\n")) {
        true => Ok(()),
        false => Err(std::io::Error::other("it has other keys")),
    }
}

/// Acquires a server, which is released at once.
fn sample(name: &str, redis: Redis, table: &mut Table) -> Result<()> {
    let began = clock::now()?;
    let redis = redis.acquire()?;
    table.add(name, clock::now()? - began);
    drop(redis);
    Ok(())
}

fn compare(rounds: usize) -> Result<()> {
    let mut table = Table::default();
    // The first one starts the supervisor.
    drop(daemons::redis().acquire()?);
    let data = || daemons::redis().init(fill);
    sample(FIRST, data(), &mut table)?;
    for _ in 0..rounds {
        thread::sleep(TEST);
        sample(EMPTY, daemons::redis(), &mut table)?;
        sample(AHEAD, data(), &mut table)?;
        thread::sleep(TEST);
        // Nobody else has a server at this port.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        sample(NONE, data().port(port), &mut table)?;
    }
    for _ in 0..rounds {
        sample(ROW, data(), &mut table)?;
    }
    thread::sleep(TEST);
    for _ in 0..rounds {
        sample(EMPTY_ROW, daemons::redis(), &mut table)?;
    }
    println!("{table}");
    for (one, other) in [(AHEAD, EMPTY), (NONE, EMPTY), (ROW, EMPTY_ROW)] {
        println!("- {}", table.compare(one, other));
    }
    Ok(())
}
