//! Databases cloned by hand, with the same statement as fixtured. They start from the database of this name, or are `plain`.

use crate::figures::Sample;
use crate::peer::Peer;
use crate::postgres::Connection;
use crate::{Result, clock};

/// How many one thread takes before it is the other's turn, fixtured's or the peer's.
pub const TURN: usize = 10;

/// Over a connection that was there before, and over one that is made first.
pub fn alone(peer: &Peer, open: &mut Connection, start: &str) -> Result<Vec<Sample>> {
    let began = clock::now()?;
    open.execute(&statement(start, "bare"))?;
    let over_open = clock::now()? - began;
    open.execute("DROP DATABASE bare")?;
    let began = clock::now()?;
    let mut new = peer.connect()?;
    new.execute(&statement(start, "bare"))?;
    let over_new = clock::now()? - began;
    new.execute("DROP DATABASE bare")?;
    Ok(vec![
        (format!("{start}: bare, open connection"), over_open),
        (format!("{start}: bare, new connection"), over_new),
    ])
}

/// As fast as the server can, and drops them at the end, as fixtured does.
pub fn hurried(peer: &Peer, start: &str, thread: usize, row: &str) -> Result<Vec<Sample>> {
    let mut open = peer.connect()?;
    let mut samples = Vec::new();
    let name = |number| format!("bare_{thread}_{number}");
    for number in 0..TURN {
        let began = clock::now()?;
        open.execute(&statement(start, &name(number)))?;
        let took = clock::now()? - began;
        samples.push((format!("{start}: bare, {row}"), took));
    }
    for number in 0..TURN {
        open.execute(&format!("DROP DATABASE {}", name(number)))?;
    }
    Ok(samples)
}

fn statement(start: &str, name: &str) -> String {
    let template = match start {
        "plain" => "template1",
        name => name,
    };
    format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
}
