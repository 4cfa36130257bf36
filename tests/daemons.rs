//! The daemons: real servers, with clients that are not ours.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::Command;

use fixtured::daemons::{self, Memcached, Postgres, Redis};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{alive, eventually};
use postgres::{Client, NoTls};

/// What a client program prints.
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

fn free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

mod postgresql {
    use super::*;

    #[fixture(postgres)]
    fn every_url_reaches_the_tests_own_database(postgres: &Instance<Postgres>) {
        Client::connect(postgres.url(), NoTls)
            .unwrap()
            .batch_execute("CREATE TABLE t AS SELECT 42 AS n")
            .unwrap();
        for url in [postgres.url(), postgres.socket_url()] {
            let found = run(
                "psql",
                &[
                    url,
                    "-XAtc",
                    "SELECT n, current_database(), current_user FROM t",
                ],
            );
            assert_eq!(
                found,
                format!("42|{}|{}", postgres.database(), postgres.username())
            );
        }
        UnixStream::connect(postgres.socket()).unwrap();
        assert_eq!(
            (postgres.host(), postgres.username()),
            ("127.0.0.1", "postgres")
        );
    }

    #[fixture(postgres)]
    fn the_server_is_fast_and_listens_on_loopback_only(url: &str) {
        let mut client = Client::connect(url, NoTls).unwrap();
        for (setting, wanted) in [
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("listen_addresses", "127.0.0.1"),
        ] {
            let row = client.query_one(&format!("SHOW {setting}"), &[]).unwrap();
            assert_eq!(row.get::<_, String>(0), wanted);
        }
    }

    #[test]
    fn a_database_is_dropped_even_while_somebody_is_connected() {
        let first = daemons::postgres().acquire().unwrap();
        let second = daemons::postgres().acquire().unwrap();
        assert_eq!(first.pid(), second.pid());
        let database = first.database().to_owned();
        let mut left_open = Client::connect(first.url(), NoTls).unwrap();
        drop(first);
        let mut client = Client::connect(second.url(), NoTls).unwrap();
        eventually("the database is dropped", || {
            let found = client
                .query("SELECT 1 FROM pg_database WHERE datname = $1", &[&database])
                .unwrap();
            found.is_empty().then_some(())
        });
        left_open.execute("SELECT 1", &[]).unwrap_err();
    }

    #[test]
    fn a_server_of_ones_own_is_gone_when_it_is_dropped() {
        let own = daemons::postgres().start().unwrap();
        let shared = daemons::postgres().acquire().unwrap();
        assert_ne!(own.pid(), shared.pid());
        assert_eq!(own.database(), "postgres");
        Client::connect(own.url(), NoTls)
            .unwrap()
            .execute("SELECT 1", &[])
            .unwrap();
        let (pid, port, dir, log) = (
            own.pid(),
            own.port(),
            own.dir().to_owned(),
            own.log().to_owned(),
        );
        drop(own);
        assert!(!alive(pid) && free(port) && !dir.exists() && !log.exists());
    }

    #[test]
    fn no_shared_memory_is_left_after_sigkill() {
        let own = daemons::postgres().start().unwrap();
        let before = run("ipcs", &["-m"]);
        assert!(
            before.contains("postgres") || before.contains(&whoami()),
            "{before}"
        );
        let segments = |text: &str| text.lines().count();
        drop(own);
        assert!(segments(&run("ipcs", &["-m"])) < segments(&before));
        let left = fs::read_dir("/dev/shm").unwrap().flatten();
        assert!(!left.into_iter().any(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("PostgreSQL")
        }));
    }

    fn whoami() -> String {
        run("id", &["-un"])
    }

    #[test]
    fn as_root_it_runs_as_somebody_else() {
        let server = daemons::postgres().acquire().unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let uid = status
            .lines()
            .find_map(|line| line.strip_prefix("Uid:"))
            .unwrap();
        let uid = uid.split_whitespace().next().unwrap();
        let own = nix::unistd::geteuid();
        assert_eq!(uid == own.to_string(), !own.is_root(), "{uid}");
    }

    #[test]
    fn a_wrong_setting_shows_what_the_server_says() {
        let error = daemons::postgres()
            .setting("no_such_thing", "1")
            .acquire()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
        let text = error.to_string();
        assert!(
            text.starts_with(
                "`postgres` exited before it was ready: exit status 1\n  command: postgres -D "
            ),
            "{text}"
        );
        assert!(
            text.contains("unrecognized configuration parameter \"no_such_thing\""),
            "{text}"
        );
        // It is remembered: the same server is not tried again.
        assert_eq!(
            daemons::postgres()
                .setting("no_such_thing", "1")
                .acquire()
                .unwrap_err()
                .to_string(),
            text
        );
    }
}

mod redis {
    use super::*;

    #[fixture(redis)]
    fn a_client_reads_back_what_it_wrote(redis: &Instance<Redis>, url: &str) {
        run("redis-cli", &["-u", url, "SET", "key", "value"]);
        assert_eq!(
            run(
                "redis-cli",
                &["-s", redis.socket().to_str().unwrap(), "GET", "key"]
            ),
            "value"
        );
        assert_eq!(
            run("redis-cli", &["-u", url, "CONFIG", "GET", "save"]),
            "save"
        );
    }

    #[fixture(redis, password = "p@ss \"word\"")]
    fn a_password_is_required(redis: &Instance<Redis>, url: &str) {
        let port = redis.port().to_string();
        assert!(run("redis-cli", &["-p", &port, "PING"]).starts_with("NOAUTH"));
        assert_eq!(
            run(
                "redis-cli",
                &[
                    "-p",
                    &port,
                    "--no-auth-warning",
                    "-a",
                    redis.password(),
                    "PING"
                ]
            ),
            "PONG"
        );
        assert_eq!(
            url,
            format!("redis://:p%40ss%20%22word%22@localhost:{port}")
        );
        let command = fs::read_to_string(format!("/proc/{}/cmdline", redis.pid())).unwrap();
        assert!(!command.contains("word"), "{command}");
    }

    #[fixture(redis)]
    #[fixture(redis as other)]
    fn two_are_two(redis: &Instance<Redis>, other: &Instance<Redis>) {
        assert_ne!((redis.pid(), redis.port()), (other.pid(), other.port()));
        run("redis-cli", &["-u", redis.url(), "SET", "key", "value"]);
        assert_eq!(run("redis-cli", &["-u", other.url(), "GET", "key"]), "");
    }

    #[test]
    fn it_is_gone_when_it_is_dropped() {
        let redis = daemons::redis().acquire().unwrap();
        let (pid, port, dir) = (redis.pid(), redis.port(), redis.dir().to_owned());
        drop(redis);
        assert!(!alive(pid) && free(port) && !dir.exists());
    }

    #[test]
    fn a_fixed_port_that_is_taken_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = daemons::redis().port(port).acquire().unwrap_err();
        let what = format!("127.0.0.1:{port} accepted a connection before it was started");
        assert!(error.to_string().contains(&what), "{error}");
        drop(listener);
        assert_eq!(daemons::redis().port(port).acquire().unwrap().port(), port);
    }
}

mod memcached {
    use super::*;

    #[fixture(memcached)]
    fn a_client_reads_back_what_it_wrote(memcached: &Instance<Memcached>, url: &str) {
        assert_eq!(url, format!("memcached://localhost:{}", memcached.port()));
        let mut stream =
            std::net::TcpStream::connect((memcached.host(), memcached.port())).unwrap();
        stream
            .write_all(b"set key 0 0 5\r\nvalue\r\nget key\r\nquit\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\n");
    }

    #[test]
    fn it_is_gone_when_it_is_dropped() {
        let memcached = daemons::memcached().acquire().unwrap();
        let (pid, port) = (memcached.pid(), memcached.port());
        drop(memcached);
        assert!(!alive(pid) && free(port));
    }
}
