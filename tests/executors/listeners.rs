//! A listener of somebody else never passes for that of a daemon, and a port that is lost is replaced by another one.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::id;
use std::thread;

use fixtured::{
    Error, ErrorKind, HttpExecutor, OutputExecutor, PidExecutor, TcpExecutor, UnixSocketExecutor,
};
use fixtured_tests::{alive, eventually, free_port, scratch_directory};

/// A listener of this process, and its port.
fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Takes the port that a command has written to a file, as soon as it is there, and then makes another file.
fn take(written: &Path, taken: &Path) -> TcpListener {
    let (port, _) = eventually("the port is known", || {
        let text = fs::read_to_string(written).ok()?;
        text.lines()
            .next()?
            .parse::<u16>()
            .ok()
            .filter(|_| text.ends_with('\n'))
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    fs::write(taken, "").unwrap();
    listener
}

/// Says its port, and waits until that is taken before it goes on.
fn slow(written: &Path, taken: &Path, then: &str) -> String {
    let (written, taken) = (written.display(), taken.display());
    format!(
        "sh -c 'echo {{port}} >> {written}; until [ -e {taken} ]; do sleep 0.01; done; exec {then}'"
    )
}

const REDIS: &str = "redis-server --bind 127.0.0.1 --port {port} --save \"\"";

fn assert_this_process(error: &Error, what: &str) {
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning, "{error}");
    let text = error.to_string();
    assert!(text.contains(what), "{text}");
    let this = std::env::current_exe().unwrap();
    let there = format!("\n  holder:  pid {}: {}", id(), this.display());
    assert!(text.contains(&there), "{text}");
}

#[test]
fn what_is_there_before_the_start_is_named_with_its_process() {
    let dir = scratch_directory("there").unwrap();
    let (_listener, port) = listener();
    let what = format!("127.0.0.1:{port} accepted a connection before it was started");
    let error = TcpExecutor::new("sleep 1000", "127.0.0.1", port)
        .start()
        .map(drop)
        .unwrap_err();
    assert_this_process(&error, &what);
    let url = format!("http://127.0.0.1:{port}/x");
    let error = HttpExecutor::new("sleep 1000", url)
        .start()
        .map(drop)
        .unwrap_err();
    assert_this_process(&error, &what);

    let socket = dir.join("socket").display().to_string();
    let _listener = UnixListener::bind(&socket).unwrap();
    let error = UnixSocketExecutor::new("sleep 1000", socket.as_str())
        .start()
        .map(drop)
        .unwrap_err();
    assert_this_process(
        &error,
        &format!("{socket} accepted a connection before it was started"),
    );

    let pid_file = dir.join("pid").display().to_string();
    fs::write(&pid_file, format!("{}\n", id())).unwrap();
    let error = PidExecutor::new("sleep 1000", pid_file.as_str())
        .start()
        .map(drop)
        .unwrap_err();
    assert_this_process(&error, &format!("{pid_file} existed before it was started"));
}

#[test]
fn a_foreign_listener_on_a_fixed_port_is_an_error_that_names_it() {
    for http in [false, true] {
        let dir = scratch_directory(&format!("foreign-{http}")).unwrap();
        let (written, taken) = (dir.join("written"), dir.join("taken"));
        let port = free_port();
        let command = slow(&written, &taken, "sleep 1000").replace("{port}", &port.to_string());
        let (error, thief) = thread::scope(|scope| {
            let thief = scope.spawn(|| {
                let listener = take(&written, &taken);
                // It must also answer, for HTTP.
                let (stream, _) = listener.accept().unwrap();
                drop(stream);
                if http {
                    answer(&listener);
                }
                listener
            });
            let error = match http {
                false => TcpExecutor::new(command, "127.0.0.1", port)
                    .start()
                    .map(drop),
                true => HttpExecutor::new(command, format!("http://127.0.0.1:{port}/"))
                    .start()
                    .map(drop),
            };
            (error.unwrap_err(), thief.join().unwrap())
        });
        drop(thief);
        assert_this_process(
            &error,
            &format!("another process listens on 127.0.0.1:{port}"),
        );
    }
}

/// One that is just ending, or becoming another program, may not be looked into for a moment.
#[test]
fn a_stranger_never_passes_for_descendants_that_come_and_go() {
    const RESTLESS: &str = "sh -c \"while :; do /bin/true & /bin/true; wait; done\"";
    for round in 0..30 {
        let dir = scratch_directory(&format!("restless-{round}")).unwrap();
        let (written, taken) = (dir.join("written"), dir.join("taken"));
        let port = free_port();
        let command = slow(&written, &taken, RESTLESS).replace("{port}", &port.to_string());
        let started = thread::scope(|scope| {
            let thief = scope.spawn(|| take(&written, &taken));
            let started = TcpExecutor::new(command, "127.0.0.1", port)
                .start()
                .map(drop);
            drop(thief.join().unwrap());
            started
        });
        let error = started.expect_err("the stranger passed for a descendant");
        assert_this_process(
            &error,
            &format!("another process listens on 127.0.0.1:{port}"),
        );
    }
}

/// Answers one request.
fn answer(listener: &TcpListener) {
    use std::io::{Read, Write};
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let read = stream.read(&mut [0; 1024]).unwrap_or_default();
        let _ =
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        if read > 0 {
            return;
        }
    }
}

#[test]
fn a_foreign_listener_is_accepted_on_request() {
    let dir = scratch_directory("accepted").unwrap();
    let (written, taken) = (dir.join("written"), dir.join("taken"));
    let port = free_port();
    let command = slow(&written, &taken, "sleep 1000").replace("{port}", &port.to_string());
    thread::scope(|scope| {
        let thief = scope.spawn(|| take(&written, &taken));
        let mut accepting = TcpExecutor::new(command, "127.0.0.1", port).external_listener(true);
        accepting.start().unwrap();
        drop(thief.join().unwrap());
        assert!(accepting.running());
    });
}

#[test]
fn a_leased_port_that_a_stranger_takes_is_replaced() {
    let dir = scratch_directory("taken").unwrap();
    let (written, taken) = (dir.join("written"), dir.join("taken"));
    thread::scope(|scope| {
        let thief = scope.spawn(|| take(&written, &taken));
        let command = slow(&written, &taken, REDIS);
        let mut redis = TcpExecutor::new(command, "127.0.0.1", "{port}");
        redis.start().unwrap();
        check_replaced(redis.port().unwrap(), &thief.join().unwrap(), &written);
    });
}

#[test]
fn a_server_that_finds_its_leased_port_taken_is_started_again_on_another() {
    let dir = scratch_directory("lost").unwrap();
    let (written, taken) = (dir.join("written"), dir.join("taken"));
    thread::scope(|scope| {
        let thief = scope.spawn(|| take(&written, &taken));
        let command = slow(&written, &taken, REDIS);
        let mut redis = OutputExecutor::new(command, "Ready to accept connections");
        redis.start().unwrap();
        check_replaced(redis.port().unwrap(), &thief.join().unwrap(), &written);
    });
}

fn check_replaced(port: u16, thief: &TcpListener, written: &Path) {
    let tried = fs::read_to_string(written).unwrap();
    let stolen = thief.local_addr().unwrap().port();
    assert_eq!(tried, format!("{stolen}\n{port}\n"));
    assert_ne!(port, stolen);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
}

#[test]
fn a_fixed_port_that_is_lost_is_not_replaced() {
    let (_listener, port) = listener();
    let command = REDIS.replace("{port}", &port.to_string());
    let error = OutputExecutor::new(command, "Ready to accept connections")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(
        error.to_string().contains("Address already in use"),
        "{error}"
    );
}

#[test]
fn the_number_of_tries_is_bounded() {
    let dir = scratch_directory("tries").unwrap();
    let tries = dir.join("tries");
    // It always finds its port taken, by itself.
    let bind = "import socket; a = socket.create_server((\"127.0.0.1\", {port})); b = socket.create_server((\"127.0.0.1\", {port}), reuse_port=False)";
    let command = format!(
        "sh -c 'echo {{port}} >> {}; exec python3 -c \"$1\"' x '{bind}'",
        tries.display()
    );
    let error = OutputExecutor::new(command, "never")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError, "{error}");
    let tries = fs::read_to_string(&tries).unwrap();
    let mut ports: Vec<_> = tries.lines().collect();
    ports.dedup();
    assert_eq!(ports.len(), 3, "{tries}");
}

#[test]
fn a_listener_may_be_any_descendant() {
    let dir = scratch_directory("descendant").unwrap();
    for command in [
        // A child, whose parent goes on.
        format!("sh -c '{REDIS} & wait'"),
        // A daemon, whose parents have ended.
        format!(
            "{REDIS} --daemonize yes --pidfile {}",
            dir.join("pid").display()
        ),
        // One that has left the session, below a shell that has ended.
        format!("sh -c 'setsid {REDIS} &'"),
    ] {
        let mut redis = TcpExecutor::new(command, "127.0.0.1", "{port}");
        redis.start().unwrap();
        TcpStream::connect(("127.0.0.1", redis.port().unwrap())).unwrap();
        redis.stop().unwrap();
        TcpListener::bind(("127.0.0.1", redis.port().unwrap())).unwrap();
    }
}

#[test]
fn of_two_executors_on_one_port_the_second_is_told_about_the_first() {
    let port = free_port();
    let command = REDIS.replace("{port}", &port.to_string());
    let mut first = TcpExecutor::new(command.as_str(), "127.0.0.1", port);
    first.start().unwrap();
    let error = TcpExecutor::new(command.as_str(), "127.0.0.1", port)
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning);
    let text = error.to_string();
    let there = format!("holder:  pid {}: ", first.pid().unwrap());
    // Redis calls itself by its address, sooner or later.
    let named = text.contains("redis-server 127.0.0.1:") || text.contains("redis-server --bind");
    assert!(text.contains(&there) && named, "{text}");
    assert!(first.running() && alive(first.pid().unwrap()));
}

/// A readiness of the user's own that holds before the start means the same.
#[test]
fn a_readiness_that_holds_before_the_start_is_refused() {
    let mut own = fixtured::Executor::new("sleep 1000", || fixtured::Check::Ready);
    let error = own.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning);
    assert!(
        error
            .to_string()
            .contains("its readiness held before it was started"),
        "{error}"
    );
    assert!(own.pid().is_err());
}
