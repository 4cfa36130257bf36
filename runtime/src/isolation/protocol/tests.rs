//! Servers that do not answer as they should, of each protocol.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use nix::sys::socket::{Backlog, listen};

use super::*;
use crate::error::{Doing, Reason};
use crate::isolation::Patience;
use crate::launch::Init;
use crate::process::{Interest, wait};

/// How a server of HTTP answers those who speak otherwise.
const BAD_REQUEST: &str = "status 400";

/// How long is waited for them.
const SHORT: Duration = Duration::from_millis(100);

/// How long anything may take on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// What making a database comes to in a server at this address, and whether it was because of the connection.
fn make(protocol: Protocol, address: &str, patience: &Patience<'_>) -> Reason {
    let databases = Databases {
        protocol,
        socket: address.into(),
        user: "me".into(),
        password: String::new(),
        template: "template1".into(),
        mark: String::new(),
        tls: None,
        init: Init::default(),
    };
    let server = server(&databases, Processes::none());
    let refused = server.make(None, "t_x", patience).unwrap_err();
    // An answer of HTTP that refuses something may be a server's that was asked for too much.
    let answered = refused.reason == Reason::Said(BAD_REQUEST.into());
    assert!(answered || refused.doing == Doing::Connect(address.into()));
    refused.reason
}

/// A server that does this with each connection, until the other side is gone.
fn serving(serve: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            serve(&mut stream);
            let mut rest = [0; 1024];
            while stream.read(&mut rest).is_ok_and(|read| read > 0) {}
        }
    });
    address
}

/// A listener whose queue is full, so that the system drops whatever comes for it, and those who are in the queue.
fn swallowing() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let come = || TcpStream::connect_timeout(&address, SHORT).ok();
    let queue = std::iter::from_fn(come).collect();
    (listener, queue)
}

#[test]
fn one_that_swallows_packets_is_waited_for_until_the_deadline() {
    let (listener, _queue) = swallowing();
    let address = listener.local_addr().unwrap().to_string();
    for protocol in Protocol::ALL.iter().copied() {
        let reason = make(protocol, &address, &Patience::of(SHORT));
        assert_eq!(reason, Reason::Late, "{protocol:?}");
    }
}

#[test]
fn one_that_is_silent_or_stops_in_the_middle_too() {
    for protocol in Protocol::ALL.iter().copied() {
        // The beginning of an answer: a request for a password, a greeting, its length, a word, its body.
        let half: &[u8] = match protocol {
            Protocol::Postgres => b"R\0\0\0",
            Protocol::Mysql => b"\x4a\0\0\0\x0a11",
            Protocol::Zookeeper => b"\0\0",
            Protocol::Redis => b"$5\r\n12",
            Protocol::Mongodb => b"\x40\0\0",
            // All others are asked by HTTP.
            _ => b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12",
        };
        for begun in [half, b""] {
            let address = serving(move |stream| drop(stream.write_all(begun)));
            let reason = make(protocol, &address, &Patience::of(SHORT));
            assert_eq!(reason, Reason::Late, "{protocol:?} {begun:?}");
        }
    }
}

/// A client that is there all the time must not be what the deadline is measured by.
#[test]
fn one_that_never_stops_is_not_listened_to_for_longer() {
    let notice = b"N\0\0\0\x05\0".repeat(100);
    let address = serving(move |stream| while stream.write_all(&notice).is_ok() {});
    let reason = make(Protocol::Postgres, &address, &Patience::of(SHORT));
    assert_eq!(reason, Reason::Late);
}

#[test]
fn one_that_closes_or_speaks_otherwise_is_an_error_at_once() {
    let closing = serving(|stream| stream.shutdown(std::net::Shutdown::Both).unwrap());
    let http = serving(|stream| {
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .unwrap()
    });
    let gone = TcpListener::bind("127.0.0.1:0").unwrap();
    let refusing = gone.local_addr().unwrap().to_string();
    drop(gone);
    for protocol in Protocol::ALL.iter().copied() {
        for (address, wanted) in [
            (&closing, "it closed the connection"),
            (&http, "speak"),
            (&refusing, "Connection refused"),
        ] {
            let reason = make(protocol, address, &Patience::of(LONG)).to_string();
            let nonsense = reason == "an answer that makes no sense";
            let refuses = reason == BAD_REQUEST;
            let known = reason.contains(wanted) || wanted == "speak" && (nonsense || refuses);
            // The system may say so when the other side has closed before it has read all.
            assert!(known || reason.contains("reset"), "{protocol:?}: {reason}");
        }
    }
}

#[test]
fn a_name_stands_for_all_its_addresses() {
    // It listens at one of those that `localhost` has.
    let address = serving(|stream| stream.shutdown(std::net::Shutdown::Both).unwrap());
    let port = address.rsplit(':').next().unwrap();
    let name = format!("localhost:{port}");
    let reason = make(Protocol::Postgres, &name, &Patience::of(LONG)).to_string();
    assert!(
        reason.contains("closed") || reason.contains("reset"),
        "{reason}"
    );
    let reason = make(Protocol::Postgres, "nowhere.invalid:1", &Patience::of(LONG));
    assert_ne!(reason, Reason::Unwanted);
}

#[test]
fn a_client_that_goes_away_and_a_process_that_dies_end_the_wait() {
    let address = serving(|_| {});
    for protocol in Protocol::ALL.iter().copied() {
        let (client, there) = std::io::pipe().unwrap();
        let unwanted = [client.as_fd()];
        thread::scope(|scope| {
            let waiting = scope.spawn(|| make(protocol, &address, &Patience::new(LONG, &unwanted)));
            drop(there);
            assert_eq!(waiting.join().unwrap(), Reason::Unwanted, "{protocol:?}");
        });
    }
    // What becomes readable stands for the end of a process.
    let (process, dies) = std::io::pipe().unwrap();
    let process = std::sync::Arc::new(process);
    let known = std::sync::Arc::clone(&process);
    let processes = Processes::new(move || Some(vec![known.clone() as crate::isolation::Process]));
    let waiting = thread::spawn(move || {
        let patience = Patience::of(LONG);
        let mut wire = crate::isolation::wire::Wire::open(&address, &processes, &patience)?;
        wire.read(&mut [0], &patience)
    });
    drop(dies);
    let problem = waiting.join().unwrap().unwrap_err();
    assert_eq!(problem.text, "the server died");
    assert!(
        wait(
            &[Interest::readable(process.as_fd())],
            crate::deadline::Deadline::now()
        )
        .is_ok()
    );
}

#[test]
fn what_prepares_databases_is_refused_where_nothing_is_cloned() {
    let databases = Databases::new(Protocol::Zookeeper, "127.0.0.1:1", "", "");
    let server = server(&databases, Processes::none());
    let init = Init {
        scripts: vec![crate::launch::Script::new("a.sql", "SELECT 1")],
        ..Init::default()
    };
    let refused = server.prepare("t_x", &init, &Patience::of(SHORT));
    let reason =
        "its protocol knows no roles, extensions, scripts or functions that prepare anything";
    let wanted = crate::error::Refused::statement("prepare a template", reason);
    assert_eq!(refused, Err(wanted));
}

#[test]
fn statements_are_for_servers_that_know_them() {
    let databases = Databases::new(Protocol::Zookeeper, "127.0.0.1:1", "", "");
    let server = server(&databases, Processes::none());
    let problem = server.execute("secret", &Patience::of(SHORT)).unwrap_err();
    assert_eq!(problem.text, "its protocol has no statements");
}
