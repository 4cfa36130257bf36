//! What stays while a process is down.

use std::io::Read;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use fixtured::{SimpleExecutor, TcpExecutor, UnixSocketExecutor};
use fixtured_tests::{alive, free_port};

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
        use std::io::Write;
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
