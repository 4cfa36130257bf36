//! Tries to reach what may belong to somebody else, and says how that went, in one line for each pair of arguments:
//! `list DIRECTORY`, `read FILE`, `connect SOCKET` or `speak SOCKET`.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

fn main() {
    let words: Vec<_> = std::env::args().skip(1).collect();
    for pair in words.chunks_exact(2) {
        let (what, path) = (pair[0].as_str(), pair[1].as_str());
        let went = match what {
            "list" => fs::read_dir(path).map(|_| "listed".into()),
            "read" => fs::read(path).map(|_| "read".into()),
            "connect" => UnixStream::connect(path).map(|_| "connected".into()),
            "speak" => speak(path),
            other => Err(io::Error::other(format!("unknown visit: {other}"))),
        };
        let went = went.unwrap_or_else(|error| error.kind().to_string());
        println!("{what}: {went}");
    }
}

/// Sends a supervisor a request that it answers whoever it trusts, even one who holds nothing.
fn speak(path: &str) -> io::Result<String> {
    let request = br#""Status""#;
    let mut stream = UnixStream::connect(path)?;
    // Whoever does not listen may have closed the connection before this arrives.
    let _ = stream.write_all(&(request.len() as u32).to_be_bytes());
    let _ = stream.write_all(request);
    let mut length = [0; 4];
    Ok(match stream.read_exact(&mut length) {
        Ok(()) => "answered".into(),
        Err(error) => match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => "closed".into(),
            _ => return Err(error),
        },
    })
}
