//! Takes databases in a server of its session until there is no room for another: `fill NAME INIT OTHER BASE`. Before that it takes some
//! that start from another file and gives them back, so that some of these are ready. Says how many it has, if there are no others in
//! this directory of the server as soon as there is little room, how it was refused another one, and that it gets one when it has given one back.

use std::path::Path;
use std::thread;

use fixtured::__command_line::Entry;
use fixtured::launch::Launch;
use fixtured::{Acquire, Instance, Result};
use fixtured_tests::eventually;
use nix::sys::statvfs::statvfs;

/// More fit on no disk of a test.
const MOST: usize = 200;

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let [name, init, other, base] = &words[..] else {
        eprintln!("which daemon, from which files, and where are its databases?");
        std::process::exit(2);
    };
    let entry = Entry::named(name).unwrap();
    let acquire = |init: &str| -> Result<Instance<Launch>> {
        (entry.configured)(&[("init", init)]).unwrap().acquire()
    };
    let first = acquire(other).unwrap();
    let base = first.dir().join(base);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| acquire(other).unwrap());
        }
    });
    let mut held = Vec::new();
    let no_spare = |held: &[Instance<Launch>]| {
        // Two templates, and the first one. What has been made in part is dropped in the background.
        eventually("there is no spare one", || {
            (databases(&base) == 3 + held.len()).then_some(())
        });
    };
    let error = loop {
        let room = statvfs(&base).unwrap();
        let is_little = room.blocks_available() * room.fragment_size() < 16 << 20;
        match acquire(init) {
            Ok(instance) if held.len() < MOST => held.push(instance),
            Ok(_) => panic!("there is no end"),
            Err(error) => break error,
        }
        if is_little {
            no_spare(&held);
        }
    };
    no_spare(&held);
    println!("held {}\n{error}", held.len());
    // It is dropped in the background, or by the one that needs its room.
    drop(held.pop());
    match acquire(init) {
        Ok(_) => println!("again"),
        Err(error) => println!("not again: {error}"),
    }
}

/// How many databases have been made in this directory: PostgreSQL numbers them.
fn databases(base: &Path) -> usize {
    let names = std::fs::read_dir(base).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_ours = |name: &String| {
        name.starts_with("t_") || name.parse().is_ok_and(|number: u32| number >= 16384)
    };
    names.filter(is_ours).count()
}
