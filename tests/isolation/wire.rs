//! A wire belongs to one test, also where tests share the server behind it.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fixtured::daemons::{Etcd, Mariadb, Mysql, Postgres, Redis};
use fixtured::{Acquire, Instance, Wire, daemons, fixture};
use fixtured_tests::{Holder, alive, eventually, holders, supervisor_of};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, Config, NoTls};

/// Nothing that comes at all takes longer.
const LONG: Duration = Duration::from_secs(60);

fn connect_within(url: &str, time: Duration) -> Result<Client, postgres::Error> {
    let mut config: Config = url.parse().unwrap();
    config.connect_timeout(time).connect(NoTls)
}

fn connect(url: &str) -> Client {
    connect_within(url, LONG).unwrap()
}

fn ask(client: &mut Client) -> Result<i32, postgres::Error> {
    client.query_one("SELECT 7", &[]).map(|row| row.get(0))
}

/// Checks that a client gets its answer, unless the wire refuses it.
fn goes_through(wire: Wire<'_>, client: impl Fn() -> bool) {
    assert!(client());
    wire.refuse().unwrap();
    assert!(!client());
    wire.restore().unwrap();
    assert!(client());
}

fn ends_well(command: &mut Command) -> bool {
    command.output().unwrap().status.success()
}

#[test]
fn a_wire_is_cut_for_one_test_and_not_for_others_of_the_same_server() {
    let wired = daemons::postgres().wired().acquire().unwrap();
    let other = daemons::postgres().acquire().unwrap();
    // It is one process.
    assert_eq!(wired.pid(), other.pid());
    assert_eq!(wired.wire().direct_ports(), other.ports());
    assert_ne!(wired.port(), other.port());
    assert!(
        wired
            .url()
            .contains(&format!("@127.0.0.1:{}/", wired.port()))
    );
    assert_eq!(wired.socket_url(), wired.url());
    assert_eq!(wired.variables()["PGPORT"], wired.port().to_string());
    assert!(wired.socket().exists());
    let (mut through, mut beside) = (connect(wired.url()), connect(other.url()));
    wired.wire().cut().unwrap();
    thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&mut through).unwrap());
        let late = connect_within(wired.url(), Duration::from_millis(200));
        assert!(late.is_err());
        assert_eq!(ask(&mut beside).unwrap(), 7);
        assert_eq!(ask(&mut connect(other.url())).unwrap(), 7);
        assert_eq!(ask(&mut connect(wired.wire().direct_url())).unwrap(), 7);
        assert!(!asking.is_finished());
        wired.wire().restore().unwrap();
        // What was asked before is answered now.
        assert_eq!(asking.join().unwrap(), 7);
    });
    assert_eq!(ask(&mut connect(wired.url())).unwrap(), 7);
}

#[test]
fn tests_that_run_at_once_have_a_wire_each() {
    let go_on = std::sync::Barrier::new(2);
    let test = |is_cut: bool| {
        let postgres = daemons::postgres().wired().acquire().unwrap();
        let mut client = connect(postgres.url());
        go_on.wait();
        if is_cut {
            postgres.wire().reset().unwrap();
            postgres.wire().cut().unwrap();
        }
        go_on.wait();
        assert_eq!(ask(&mut client).is_ok(), !is_cut);
        let patience = match is_cut {
            true => Duration::from_millis(200),
            false => LONG,
        };
        let again = connect_within(postgres.url(), patience);
        assert_eq!(again.is_ok(), !is_cut);
        postgres.pid()
    };
    let pids = thread::scope(|scope| {
        let tests = [true, false].map(|is_cut| scope.spawn(move || test(is_cut)));
        tests.map(|test| test.join().unwrap())
    });
    assert_eq!(pids[0], pids[1]);
}

#[fixture(postgres, wire = true)]
#[test]
fn a_reset_ends_connections_and_new_ones_work(postgres: &Instance<Postgres>, wire: Wire<'_>) {
    let (mut through, mut past) = (connect(postgres.url()), connect(wire.direct_url()));
    wire.reset().unwrap();
    assert!(ask(&mut through).is_err());
    assert_eq!(ask(&mut past).unwrap(), 7);
    assert_eq!(ask(&mut connect(postgres.url())).unwrap(), 7);
}

#[fixture(postgres, wire = true)]
#[test]
fn no_answer_is_faster_than_the_delay(url: &str, wire: Wire<'_>) {
    let mut client = connect(url);
    wire.delay("50ms").unwrap();
    let asked = Instant::now();
    ask(&mut client).unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(100));
    wire.delay(Duration::ZERO).unwrap();
    wire.limit("10KB/s").unwrap();
    let asked = Instant::now();
    client.query_one("SELECT repeat('x', 5000)", &[]).unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(400));
}

#[fixture(postgres, wire = true)]
#[test]
fn what_is_no_time_and_no_rate_is_refused(wire: Wire<'_>) {
    let said = |result: fixtured::Result<()>| result.unwrap_err().to_string();
    assert_eq!(
        said(wire.delay("200")),
        "cannot delay the wire of `postgres`: invalid duration `200`, expected e.g. `500ms`, `30s` or `2m`"
    );
    assert_eq!(
        said(wire.limit("64KB")),
        "cannot limit the wire of `postgres`: invalid rate `64KB`, expected e.g. `64KB/s` or `1MiB/s`"
    );
    assert_eq!(
        said(wire.limit(0)),
        "cannot limit the wire of `postgres`: at 0 bytes per second nothing passes; use `cut` for that"
    );
}

#[fixture(postgres)]
#[test]
#[should_panic(expected = "`postgres` has no wire; write `wire = true`")]
fn without_a_wire_there_is_none(postgres: &Instance<Postgres>) {
    let _ = postgres.wire();
}

#[fixture(postgres, wire = true)]
#[test]
fn psql_goes_through_the_wire(postgres: &Instance<Postgres>) {
    let psql = || {
        let mut psql = Command::new("psql");
        psql.args(["-c", "SELECT 1"]);
        psql
    };
    goes_through(postgres.wire(), || {
        ends_well(psql().envs(postgres.variables()))
    });
    // The URL of the socket is that of the port here.
    goes_through(postgres.wire(), || {
        ends_well(psql().arg(postgres.socket_url()))
    });
}

#[fixture(postgres, tls = true, wire = true)]
#[test]
fn tls_goes_through_the_wire(postgres: &Instance<Postgres>) {
    let mut psql = Command::new("psql");
    psql.args([
        "-Atc",
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    ]);
    let output = psql.envs(postgres.variables()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "t\n");
}

#[fixture(redis, wire = true)]
#[test]
fn redis_cli_goes_through_the_wire(redis: &Instance<Redis>) {
    let port = redis.port().to_string();
    let mut redis_cli = Command::new("redis-cli");
    let redis_cli = redis_cli.args(["-p", &port, "PING"]);
    let answers = |output: std::process::Output| output.stdout == b"PONG\n";
    assert!(answers(redis_cli.output().unwrap()));
    redis.wire().refuse().unwrap();
    assert!(!answers(redis_cli.output().unwrap()));
    redis.wire().restore().unwrap();
    assert!(answers(redis_cli.output().unwrap()));
}

/// The variables lead to the server by way of a file otherwise, which names the server's own port.
#[fixture(mysql, wire = true)]
#[fixture(mariadb, wire = true)]
#[test]
fn clients_of_mysql_go_through_the_wire(mysql: &Instance<Mysql>, mariadb: &Instance<Mariadb>) {
    let client = |program: &str, variables| {
        let mut client = Command::new(program);
        let client = client.args(["-uroot", "-e", "SELECT 1"]);
        ends_well(client.envs(variables))
    };
    let oracles = "/usr/local/mysql/bin/mysql";
    goes_through(mysql.wire(), || client(oracles, mysql.variables()));
    goes_through(mariadb.wire(), || client("mariadb", mariadb.variables()));
    assert_eq!(mysql.socket_url(), mysql.url());
}

#[fixture(etcd, wire = true)]
#[test]
fn every_port_goes_through_the_wire(etcd: &Instance<Etcd>) {
    let wire = etcd.wire();
    assert_eq!(etcd.ports().len(), 2);
    for (name, port) in etcd.ports() {
        assert_ne!(wire.direct_ports()[name], *port);
        TcpStream::connect(("127.0.0.1", *port)).unwrap();
    }
    let endpoints = format!("http://127.0.0.1:{}", etcd.port());
    assert_eq!(etcd.variables()["ETCDCTL_ENDPOINTS"], endpoints);
}

#[fixture(redis, scope = "test", wire = true)]
#[test]
fn the_wire_stays_while_the_server_is_down(redis: &Instance<Redis>) {
    let ping = || {
        let mut stream = TcpStream::connect(("127.0.0.1", redis.port()))?;
        std::io::Write::write_all(&mut stream, b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer).map(|()| answer)
    };
    assert_eq!(&ping().unwrap(), b"+PONG\r\n");
    redis.stop().unwrap();
    assert!(ping().is_err());
    redis.start().unwrap();
    assert_eq!(&ping().unwrap(), b"+PONG\r\n");
}

/// Many connections, each with more than the buffers hold, while the wire is treated badly.
#[fixture(postgres, wire = true)]
#[test]
fn answers_arrive_whole_whatever_is_done_to_the_wire(url: &str, wire: Wire<'_>) {
    let wanted = "x".repeat(1 << 20);
    thread::scope(|scope| {
        let mut asking: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = connect(url);
                    for _ in 0..8 {
                        let query = "SELECT $1 || repeat('x', 1048574) || 'x'";
                        let row = client.query_one(query, &[&"x"]).unwrap();
                        assert!(row.get::<_, String>(0) == wanted);
                    }
                })
            })
            .collect();
        while !asking.iter().all(|it| it.is_finished()) {
            wire.cut().unwrap();
            wire.delay("3ms").unwrap();
            wire.limit("100MB/s").unwrap();
            wire.restore().unwrap();
        }
        asking.drain(..).for_each(|it| it.join().unwrap());
    });
}

struct Wired {
    child: Child,
    port: u16,
    server: u32,
    session: PathBuf,
}

impl Wired {
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A process that has a wire, which is cut, and whose runner is the one with this number, or itself.
fn wired(runner: Option<u32>) -> Wired {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wired"));
    fixtured_tests::without_runner(&mut command);
    command.envs(runner.map(|runner| ("FIXTURED_SESSION", runner.to_string())));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut said).unwrap();
    let words: Vec<_> = said.split_whitespace().collect();
    let [port, server, log] = words[..] else {
        panic!("it says `{said}`");
    };
    Wired {
        child,
        port: port.parse().unwrap(),
        server: server.parse().unwrap(),
        session: Path::new(log).parent().unwrap().into(),
    }
}

fn nothing_is_left(port: u16) {
    eventually("nobody has the port", || {
        let nobody = holders(&BTreeSet::from([port])).is_empty();
        (nobody && TcpListener::bind(("127.0.0.1", port)).is_ok()).then_some(())
    });
}

#[test]
fn nothing_is_left_of_the_wire_of_a_test_that_is_killed() {
    let mut holder = Holder::start(Command::new(env!("CARGO_BIN_EXE_hold"))).unwrap();
    let holding = holder.ask().unwrap();
    let mut wired = wired(Some(holder.pid()));
    assert_eq!(wired.server, holding.server);
    wired.kill();
    nothing_is_left(wired.port);
    // The server is still there for others.
    assert_eq!(ask(&mut connect(&holding.url)).unwrap(), 7);
}

#[test]
fn nothing_is_left_of_a_wire_whose_runner_is_killed() {
    let mut wired = wired(None);
    wired.kill();
    nothing_is_left(wired.port);
    eventually("the server is gone", || {
        (!alive(wired.server)).then_some(())
    });
}

#[test]
fn nothing_is_left_of_a_wire_whose_supervisor_is_killed() {
    let mut wired = wired(None);
    let supervisor = supervisor_of(&wired.session).unwrap();
    kill(Pid::from_raw(supervisor.pid.cast_signed()), Signal::SIGKILL).unwrap();
    nothing_is_left(wired.port);
    eventually("the server is gone", || {
        (!alive(wired.server)).then_some(())
    });
    wired.kill();
}
