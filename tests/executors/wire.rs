//! A wire before a process.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fixtured::daemons::Program;
use fixtured::{Acquire, Instance, SimpleExecutor, TcpExecutor, UnixSocketExecutor, with_daemon};
use fixtured_tests::free_port;

fn ping(port: u16) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into())
}

fn is_refused(port: u16) -> bool {
    ping(port).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn check(mut redis: TcpExecutor, own: Option<u16>) {
    redis.start().unwrap();
    let port = redis.port().unwrap();
    assert_eq!(redis.url().unwrap(), format!("tcp://127.0.0.1:{port}"));
    let direct = redis.wire().unwrap().direct_ports()[""];
    assert!(direct != port && own.is_none_or(|own| own == direct));
    assert_eq!(ping(port).unwrap(), "+PONG\r\n");
    redis.wire().unwrap().refuse().unwrap();
    assert!(is_refused(port));
    assert_eq!(ping(direct).unwrap(), "+PONG\r\n");
    // It is still started, whatever its wire does.
    let pid = redis.pid().unwrap();
    assert_eq!(redis.start().unwrap().pid().unwrap(), pid);
    redis.wire().unwrap().restore().unwrap();
    let reset = redis.stopped(|| ping(port).unwrap_err().kind()).unwrap();
    assert!(matches!(
        reset,
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    ));
    assert_eq!(redis.port().unwrap(), port);
    assert_eq!(ping(port).unwrap(), "+PONG\r\n");
}

#[test]
fn a_leased_port_has_a_wire() {
    let command = "redis-server --bind 127.0.0.1 --port {port} --save ''";
    check(
        TcpExecutor::new(command, "127.0.0.1", "{port}").wired(),
        None,
    );
}

#[test]
fn a_port_of_the_users_choice_has_a_wire() {
    let port = free_port();
    let command = format!("redis-server --bind 127.0.0.1 --port {port} --save ''");
    check(
        TcpExecutor::new(command, "127.0.0.1", port).wired(),
        Some(port),
    );
}

#[with_daemon(
    "redis-server --bind 127.0.0.1 --port {port} --save ''",
    tcp = "127.0.0.1:{port}",
    wire = true
)]
#[test]
fn a_program_has_a_wire(redis_server: &Instance<Program>) {
    let port = redis_server.port();
    redis_server.wire().refuse().unwrap();
    assert!(is_refused(port));
    redis_server.wire().restore().unwrap();
    assert_eq!(ping(port).unwrap(), "+PONG\r\n");
}

#[test]
fn what_has_no_port_has_no_wire() {
    let error =
        |executor: &mut dyn FnMut() -> fixtured::Result<()>| executor().unwrap_err().to_string();
    let mut sleep = SimpleExecutor::new("sleep 1000").wired();
    assert_eq!(
        error(&mut || sleep.start().map(drop)),
        "cannot put a wire before `sleep`: it has no TCP port"
    );
    let command = "redis-server --port {port} --unixsocket {dir}/socket --save ''";
    let mut redis = UnixSocketExecutor::new(command, "{dir}/socket").wired();
    let text = error(&mut || redis.start().map(drop));
    assert!(
        text.starts_with("cannot put a wire before `redis-server`: its URL `unix:/")
            && text.ends_with("/socket` names none of its ports"),
        "{text}"
    );
    let elsewhere = || {
        Program::external()
            .tcp("127.0.0.1:1")
            .wired()
            .acquire()
            .map(drop)
    };
    assert_eq!(
        error(&mut || elsewhere()),
        "cannot put a wire before `server`: it runs outside of this session; only what fixtured starts can have one"
    );
}

#[test]
fn a_wire_is_asked_for_before_the_start() {
    let mut sleep = SimpleExecutor::new("sleep 1000");
    let error = |sleep: &SimpleExecutor| sleep.wire().map(drop).unwrap_err().to_string();
    assert_eq!(
        error(&sleep),
        "cannot use its wire: `sleep 1000` has not been started"
    );
    sleep.start().unwrap();
    assert_eq!(
        error(&sleep),
        "cannot use its wire: `sleep 1000` was started without `wired()`"
    );
    // The next start has one.
    sleep.stop().unwrap();
    let command = "redis-server --bind 127.0.0.1 --port {port} --save ''";
    let mut redis = TcpExecutor::new(command, "127.0.0.1", "{port}");
    redis.start().unwrap().stop().unwrap();
    let redis = redis.wired().started().unwrap();
    redis.wire().unwrap().reset().unwrap();
    assert_eq!(ping(redis.port().unwrap()).unwrap(), "+PONG\r\n");
}
