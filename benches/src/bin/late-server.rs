//! A server that becomes ready after a given time and notes when that was.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use fixtured_benches::{Result, clock};

fn main() -> Result<()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [kind, target, stamp, micros] = &args[..] else {
        return Err("usage: late-server KIND TARGET STAMP MICROS".into());
    };
    let late = Duration::from_micros(micros.parse()?);
    if kind == "http-503" {
        return unavailable_first(target, stamp, late);
    }
    std::thread::sleep(late);
    let before = clock::now()?;
    match kind.as_str() {
        "tcp" => accept_forever(&listening(target, stamp, before)?, |_| Ok(())),
        "http" => accept_forever(&listening(target, stamp, before)?, |stream| {
            http(stream, "200 OK")
        }),
        "exchange" => accept_forever(&listening(target, stamp, before)?, |mut stream| {
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line)?;
            Ok(stream.write_all(b"+PONG\r\n")?)
        }),
        "output" => {
            println!("ready");
            note(stamp, before)?;
        }
        "unix-socket" => {
            let _listener = UnixListener::bind(target)?;
            // Just after: a client cannot know it earlier.
            note(stamp, clock::now()?)?;
            sleep_forever();
        }
        _ => {
            File::create(target)?;
            note(stamp, clock::now()?)?;
        }
    }
    sleep_forever();
}

fn sleep_forever() -> ! {
    loop {
        std::thread::park();
    }
}

/// Listens from now on. The note comes after that, since writing it takes time.
fn listening(address: &str, stamp: &str, before: f64) -> Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    note(stamp, before)?;
    Ok(listener)
}

/// Appears as a whole, so that its reader never sees half of it, and never in the place of something else.
fn note(stamp: &str, time: f64) -> Result<()> {
    let partial = format!("{stamp}.partial");
    fs::write(&partial, time.to_string())?;
    // Unlike a rename, a link fails if the path exists, whatever is there.
    fs::hard_link(&partial, stamp)?;
    Ok(fs::remove_file(partial)?)
}

fn accept_forever(listener: &TcpListener, answer: impl Fn(TcpStream) -> Result<()>) -> ! {
    loop {
        // A client that goes away is no concern of the server's.
        let _ = listener
            .accept()
            .map_err(Into::into)
            .and_then(|(stream, _)| answer(stream));
    }
}

/// Answers a request.
fn http(mut stream: TcpStream, status: &str) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    Ok(write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?)
}

/// Listens at once, and says that it is unavailable until it is ready.
fn unavailable_first(address: &str, stamp: &str, late: Duration) -> Result<()> {
    let listener = TcpListener::bind(address)?;
    let ready = clock::now()? + late.as_secs_f64() * 1000.0;
    note(stamp, ready)?;
    accept_forever(&listener, |stream| {
        let status = if clock::now()? < ready {
            "503 Unavailable"
        } else {
            "200 OK"
        };
        http(stream, status)
    })
}
