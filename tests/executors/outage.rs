//! What stays while a process is down or paused.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use fixtured::{HttpExecutor, SimpleExecutor, State, TcpExecutor, UnixSocketExecutor};
use fixtured_tests::{alive, drop_and_look, eventually, free_port};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

#[test]
fn a_tcp_server_is_down_during_an_outage_and_up_again() {
    let port = free_port();
    let command = format!("redis-server --bind 127.0.0.1 --port {port} --save ''");
    let mut redis = TcpExecutor::new(command, "127.0.0.1", port);
    redis.start().unwrap();
    let refused = redis
        .stopped(|| TcpStream::connect(("127.0.0.1", port)).is_err())
        .unwrap();
    assert!(refused);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
}

#[test]
fn a_leased_port_stays_the_same_after_an_outage() {
    let mut redis = TcpExecutor::new(
        "redis-server --bind 127.0.0.1 --port {port} --save ''",
        "127.0.0.1",
        "{port}",
    );
    redis.start().unwrap();
    let port = redis.port().unwrap();
    redis.stopped(|| ()).unwrap();
    assert_eq!(redis.port().unwrap(), port);
    TcpStream::connect(("127.0.0.1", port)).unwrap();
}

#[test]
fn what_a_process_keeps_in_its_directory_survives_an_outage() {
    let command = "redis-server --port 0 --unixsocket {dir}/socket --dir {dir} --save '1 1'";
    let mut redis = UnixSocketExecutor::new(command, "{dir}/socket");
    redis.start().unwrap();
    let (first, dir) = (redis.pid().unwrap(), redis.dir().unwrap().to_owned());
    let ask = |question: &str, answer: &str| {
        let mut stream = UnixStream::connect(dir.join("socket")).unwrap();
        stream.write_all(question.as_bytes()).unwrap();
        let mut found = vec![0; answer.len()];
        stream.read_exact(&mut found).unwrap();
        assert_eq!(String::from_utf8_lossy(&found), answer);
    };
    ask("SET key value\r\nSAVE\r\n", "+OK\r\n+OK\r\n");
    let down = redis.stopped(|| !alive(first) && dir.is_dir()).unwrap();
    assert!(down);
    assert_eq!(redis.dir().unwrap(), dir);
    ask("GET key\r\n", "$5\r\nvalue\r\n");
    // One that is killed leaves its socket behind, in the way of the next start.
    redis.kill().unwrap();
    assert!(!redis.running() && dir.join("socket").exists());
    redis.start().unwrap();
    ask("GET key\r\n", "$5\r\nvalue\r\n");
    drop(redis);
    assert!(!dir.exists());
}

#[test]
fn the_port_of_a_process_that_is_down_is_given_to_nobody_else() {
    let redis = || {
        let command = "redis-server --bind 127.0.0.1 --port {port} --save ''";
        TcpExecutor::new(command, "127.0.0.1", "{port}")
    };
    let mut first = redis();
    first.start().unwrap();
    let port = first.port().unwrap();
    let others = first.stopped(|| {
        let start = |_| {
            let mut other = redis();
            other.start().unwrap();
            other.port().unwrap()
        };
        (0..10).map(start).collect::<Vec<_>>()
    });
    assert!(!others.unwrap().contains(&port));
    assert_eq!(first.port().unwrap(), port);
}

#[test]
fn other_settings_after_a_stop_mean_another_place() {
    let mut sleep = SimpleExecutor::new("sleep 1000");
    sleep.start().unwrap().stop().unwrap();
    let dir = sleep.dir().unwrap().to_owned();
    let mut sleep = sleep.env("A", "1");
    sleep.start().unwrap();
    assert_ne!(sleep.dir().unwrap(), dir);
    assert!(!dir.exists());
}

#[test]
fn a_process_that_is_paused_does_not_answer() {
    let server = [
        "python3",
        "-m",
        "http.server",
        "{port}",
        "--bind",
        "127.0.0.1",
    ];
    let mut server = HttpExecutor::new(server, "http://127.0.0.1:{port}/");
    let error = server.pause().map(drop).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot pause: `python3 -m http.server {port} --bind 127.0.0.1` has not been started"
    );
    server.start().unwrap();
    let (port, pid) = (server.port().unwrap(), server.pid().unwrap());
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    assert_eq!(
        server.paused(ask).unwrap().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    eventually("it answers again", || ask().ok());
    server.pause().unwrap();
    assert!(server.running() && server.state().unwrap() == State::Paused);
    // To start what is paused is to resume it.
    server.start().unwrap();
    assert_eq!(
        (server.state().unwrap(), server.pid().unwrap()),
        (State::Running, pid)
    );
    server.pause().unwrap().restart().unwrap();
    assert_ne!(server.pid().unwrap(), pid);
    ask().unwrap();
    server.pause().unwrap().stop().unwrap();
    let error = server.pause().map(drop).unwrap_err().to_string();
    let wanted = "cannot pause `python3`: it is not running (killed by SIGTERM); start it first";
    assert_eq!(error, wanted);
    server.start().unwrap().pause().unwrap().kill().unwrap();
    assert_eq!(server.state().unwrap(), State::Signaled(9));
    server.start().unwrap().pause().unwrap();
    drop_and_look(server);
}

/// Its readiness cannot be asked for while it is paused.
#[test]
fn a_daemon_that_forked_and_is_paused_can_be_started() {
    let server = "python3 -m http.server {port} --bind 127.0.0.1 & exit 0";
    let mut server = HttpExecutor::new(server, "http://127.0.0.1:{port}/").shell(true);
    server.start().unwrap();
    let shell = server.pid().unwrap();
    eventually("the shell has ended", || (!alive(shell)).then_some(()));
    server.pause().unwrap();
    assert_eq!(server.state().unwrap(), State::Paused);
    server.start().unwrap();
    assert_eq!(server.pid().unwrap(), shell);
    server.pause().unwrap().restart().unwrap();
    assert_ne!(server.pid().unwrap(), shell);
}

#[test]
fn a_crash_is_no_reason_not_to_restart() {
    let mut sleep = SimpleExecutor::new("sleep 1000");
    sleep.start().unwrap();
    let pid = sleep.pid().unwrap();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSEGV).unwrap();
    eventually("it has crashed", || (!alive(pid)).then_some(()));
    sleep.restart().unwrap();
    assert!(alive(sleep.pid().unwrap()));
}
