//! A server of a test's own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::{JoinHandle, spawn};

/// Answers one HTTP request at this address with this body, and returns the first line of the request.
pub fn serve_once(address: &str, body: &'static str) -> JoinHandle<String> {
    let listener = TcpListener::bind(address).unwrap();
    spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let head: Vec<_> = lines
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .collect();
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .unwrap();
        head.concat()
    })
}
