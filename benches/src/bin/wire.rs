//! What a wire costs: the throughput and the round trips of a connection through it, beside the same without it, in turns.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

use fixtured::daemons::Program;
use fixtured::{Acquire, Instance};

/// How much is sent in each turn, and in pieces of which length.
const BYTES: usize = 1 << 30;
const PIECE: usize = 256 << 10;

const ROUNDS: u32 = 20_000;
const TURNS: usize = 5;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    match std::env::args().nth(1).and_then(|port| port.parse().ok()) {
        Some(port) => serve(port),
        None => measure(),
    }
}

/// What is measured runs this, as a daemon: it sends back single bytes, and swallows everything else.
fn serve(port: u16) -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        stream.set_nodelay(true)?;
        thread::spawn(move || {
            let mut piece = vec![0; PIECE];
            while let Ok(length @ 1..) = stream.read(&mut piece) {
                if length == 1 && stream.write_all(&[0]).is_err() {
                    break;
                }
            }
            let _ = stream.write_all(&[1]);
        });
    }
    Ok(())
}

fn measure() -> Result<(), Error> {
    let path = std::env::current_exe()?;
    let command = [&*path.to_string_lossy(), "{port}"];
    let server = || Program::new(command).tcp("127.0.0.1:{port}");
    let server: Instance<Program> = server().wired().start()?;
    let direct = server.wire().direct_ports().get("").copied();
    let ports = [direct.ok_or("it has no port")?, server.port()];
    let mut all = [const { Vec::new() }; 2];
    for _ in 0..TURNS {
        for (port, found) in ports.iter().zip(&mut all) {
            found.push((throughput(*port)?, round_trip(*port)?));
        }
    }
    // The best of each: the others tell what else the machine did.
    let best = |found: &Vec<(f64, f64)>| {
        let speed = found.iter().fold(0.0, |best: f64, it| best.max(it.0));
        let trip = found.iter().fold(f64::INFINITY, |best, it| best.min(it.1));
        (speed, trip)
    };
    let [direct, wire] = all.each_ref().map(best);
    for (name, (speed, trip)) in [("direct", direct), ("wire", wire)] {
        println!("{name}: {speed:.0} MiB/s, {trip:.1} µs for a round trip");
    }
    println!(
        "ratio: throughput {:.2}, round trip {:.2}",
        wire.0 / direct.0,
        wire.1 / direct.1
    );
    Ok(())
}

/// MiB per second to the server, until it has all.
fn throughput(port: u16) -> Result<f64, Error> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let piece = vec![0; PIECE];
    let begun = Instant::now();
    for _ in 0..BYTES / PIECE {
        stream.write_all(&piece)?;
    }
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    Ok((BYTES >> 20) as f64 / begun.elapsed().as_secs_f64())
}

/// Microseconds for a byte and its answer.
fn round_trip(port: u16) -> Result<f64, Error> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        stream.write_all(&[0])?;
        stream.read_exact(&mut [0])?;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS))
}
