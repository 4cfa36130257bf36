//! Ways to serve.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::exit;
use std::thread::{sleep, spawn};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::close;

use crate::Told;

/// How many requests `unavailable-first` turns away.
const TURNED_AWAY: usize = 3;

pub(crate) fn bind_late(told: &Told) {
    sleep(Duration::from_millis(300));
    serve(told);
}

pub(crate) fn bind_then_exit(told: &Told) {
    let _listening = listen(told);
    sleep(Duration::from_millis(100));
    exit(3);
}

pub(crate) fn unavailable_first(told: &Told) {
    let mut answered = 0;
    for stream in listen(told).incoming().flatten() {
        let status = if answered < TURNED_AWAY {
            "503 Service Unavailable"
        } else {
            "200 OK"
        };
        // Who connects and goes away has asked nothing.
        if answer(&stream, status).is_ok() {
            println!("{status}");
            answered += 1;
        }
    }
}

pub(crate) fn close_streams(told: &Told) {
    for stream in 0..3 {
        let _ = close(stream);
    }
    // The listener and its connections now have the numbers of the standard streams, so nothing may be printed.
    serve(told);
}

pub(crate) fn drain(told: &Told) {
    let term = SigSet::from(Signal::SIGTERM);
    let _ = term.thread_block();
    let listener = listen(told);
    let serving = spawn(move || {
        for stream in listener.incoming().flatten() {
            // Who connects and goes away at once only wants to know whether anybody is there.
            let mut client = BufReader::new(stream);
            if client
                .read_line(&mut String::new())
                .is_ok_and(|read| read > 0)
            {
                let _ = std::io::copy(&mut client, &mut std::io::sink());
                return;
            }
        }
    });
    let _ = term.wait();
    let _ = serving.join();
    exit(0);
}

/// Accepts connections and lets go of them.
fn serve(told: &Told) {
    listen(told).incoming().for_each(drop);
}

fn listen(told: &Told) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, told.port())).unwrap_or_else(|error| {
        eprintln!("cannot listen: {error}");
        exit(5)
    })
}

/// Reads a request without a body and answers it.
fn answer(stream: &TcpStream, status: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}
