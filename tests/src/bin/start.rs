//! Is the runner of a session, and starts daemons in it, all at once or one after the other: `start own|outages|shared|parallel NAME…`. A name may have
//! options, `redis,port=6379`. With `outages` each is paused, restarted and killed first. When all are ready, tells about each in a line of JSON: its name, directory, log, ports, process ID and
//! values. They go on until
//! standard input ends.

use std::collections::BTreeMap;
use std::io::stdin;
use std::thread;

use fixtured::__command_line::Entry;
use fixtured::launch::Launch;
use fixtured::{Acquire, Instance};
use fixtured_tests::{family, is_halted, process, processes};

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let Some((how, names)) = words.split_first() else {
        eprintln!("how, and which daemons?");
        std::process::exit(2);
    };
    let started: Result<Vec<_>, String> = match how.as_str() {
        "parallel" => thread::scope(|scope| {
            let starting: Vec<_> = names
                .iter()
                .map(|name| scope.spawn(|| start("shared", name)))
                .collect();
            let joined = starting.into_iter().map(|thread| thread.join().unwrap());
            joined.collect()
        }),
        how => names.iter().map(|name| start(how, name)).collect(),
    };
    match started {
        Ok(instances) => {
            instances.iter().for_each(tell);
            println!("ready");
            stdin().lines().for_each(drop);
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

fn start(how: &str, name: &str) -> Result<(String, Instance<Launch>), String> {
    let mut words = name.split(',');
    let name = words.next().unwrap_or_default();
    let entry = Entry::named(name).ok_or_else(|| format!("no daemon is called `{name}`"))?;
    let options: Vec<_> = words
        .map(|word| word.split_once('=').unwrap_or((word, "")))
        .collect();
    let launch = (entry.configured)(&options)?;
    let instance = match how {
        "own" | "outages" => launch.start(),
        _ => launch.acquire(),
    };
    let instance = instance.map_err(|error| error.to_string())?;
    if how == "outages" {
        let went = outages(&instance);
        went.map_err(|error| format!("`{name}`: {error}"))?;
    }
    Ok((name.to_owned(), instance))
}

/// All that a test can do to a daemon of its own, which is ready again afterwards.
fn outages(instance: &Instance<Launch>) -> fixtured::Result<()> {
    instance.pause()?;
    let supervisor = process(instance.pid())
        .and_then(|main| process(main.parent))
        .map(|keeper| keeper.parent);
    for keeper in processes() {
        if Some(keeper.parent) == supervisor {
            for kept in family(keeper.pid).iter().skip(1) {
                assert!(is_halted(kept.pid), "{kept:?} runs while it is paused");
            }
        }
    }
    instance.resume()?;
    instance.restart()?;
    instance.pause()?;
    instance.kill()?;
    instance.start()
}

fn tell((name, instance): &(String, Instance<Launch>)) {
    let ports: BTreeMap<_, _> = instance.ports().clone();
    let values: BTreeMap<_, _> = instance.values().clone();
    let facts = serde_json::json!({
        "name": name,
        "dir": instance.dir(),
        "log": instance.log(),
        "ports": ports,
        "pid": instance.pid(),
        "values": values,
    });
    println!("{facts}");
}
