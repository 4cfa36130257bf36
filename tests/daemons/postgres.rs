//! PostgreSQL, with clients that are not ours.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixStream;

use fixtured::daemons::{self, Postgres};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{Authority, alive, client, eventually};
use postgres::{Client, NoTls};

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
            let found = client(
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
        // The third column is the process that made the segment.
        let segments = |pid: u32| {
            let listed = client("ipcs", &["-m", "-p"]);
            let made = listed
                .lines()
                .filter_map(|line| line.split_whitespace().nth(2));
            made.filter(|maker| *maker == pid.to_string()).count()
        };
        let pid = own.pid();
        assert_eq!(segments(pid), 1);
        // What it shares in files is in its directory; in `/dev/shm` it would stay.
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
        assert!(!maps.contains("/dev/shm/PostgreSQL"), "{maps}");
        drop(own);
        assert_eq!(segments(pid), 0);
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

    #[test]
    fn too_many_connections_name_the_setting() {
        let few = || daemons::postgres().setting("max_connections", "8");
        let first = few().acquire().unwrap();
        let mut open = Vec::new();
        let refused = loop {
            match Client::connect(first.url(), NoTls) {
                Ok(client) => open.push(client),
                Err(error) => break error,
            }
        };
        assert_eq!(refused.code().unwrap().code(), "53300");
        // Its migrations need a connection.
        let error = few().init("migrations").acquire().unwrap_err().to_string();
        for wanted in [
            "FATAL 53300: sorry, too many clients already",
            "to do:   set `max_connections` higher, or have tests open fewer connections",
        ] {
            assert!(error.contains(wanted), "{error}");
        }
    }
}

/// What psql says of its connection, with the server's variables and these.
fn psql_by_tls(postgres: &Instance<Postgres>, more: &[(&str, &str)]) -> Result<String, String> {
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let output = std::process::Command::new("psql")
        .args(["-XAtc", query])
        .envs(postgres.variables())
        .envs(more.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}

#[fixture(postgres, tls = true)]
fn tls_is_trusted_by_its_authority(postgres: &Instance<Postgres>) {
    assert_eq!(psql_by_tls(postgres, &[]), Ok("t".into()));
    let by_name = [("PGHOST", "localhost")];
    assert_eq!(psql_by_tls(postgres, &by_name), Ok("t".into()));
    let plain = [("PGSSLMODE", "disable")];
    assert_eq!(psql_by_tls(postgres, &plain), Ok("f".into()));
    // Another authority has not signed it.
    let other = Authority::new("psql");
    let file = other.itself().display().to_string();
    let problem = psql_by_tls(postgres, &[("PGSSLROOTCERT", &file)]).unwrap_err();
    assert!(problem.contains("certificate verify failed"), "{problem}");
}
