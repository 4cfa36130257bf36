//! ClickHouse, with its own client program over the native protocol, and with curl.

use std::process::Command;

use fixtured::daemons::{self, Clickhouse};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually};

use crate::stand_in::StandIn;

/// What the server answers over the native protocol, or what is wrong.
fn try_native(
    clickhouse: &Instance<Clickhouse>,
    password: &str,
    query: &str,
) -> Result<String, String> {
    let port = clickhouse.port_named("native").to_string();
    let mut command = Command::new("clickhouse-client");
    command.args(["--host", "127.0.0.1", "--port", &port]);
    command.args(["--database", clickhouse.database(), "--password", password]);
    // It keeps a history there.
    let command = command.env("HOME", clickhouse.dir());
    let output = command.args(["--query", query]).output().unwrap();
    let [text, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(text.trim_end().into()),
        false => Err(errors),
    }
}

fn native(clickhouse: &Instance<Clickhouse>, query: &str) -> String {
    let answer = try_native(clickhouse, clickhouse.password(), query);
    answer.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What the server answers over HTTP.
fn http(clickhouse: &Instance<Clickhouse>, query: &str) -> String {
    client("curl", &["-sSf", clickhouse.url(), "--data-binary", query])
}

const CREATE: &str =
    "CREATE TABLE t (day Date, n UInt32) ENGINE = MergeTree PARTITION BY day ORDER BY n";

#[fixture(clickhouse)]
#[test]
fn two_clients_read_what_each_wrote(clickhouse: &Instance<Clickhouse>, url: &str, database: &str) {
    let (port, native_port) = (clickhouse.port(), clickhouse.port_named("native"));
    assert_eq!(
        url,
        format!("http://default@127.0.0.1:{port}/?database={database}")
    );
    assert_eq!(clickhouse.http_url(), format!("http://127.0.0.1:{port}"));
    let wanted = format!("clickhouse://default@127.0.0.1:{native_port}/{database}");
    assert_eq!(clickhouse.native_url(), wanted);
    http(clickhouse, CREATE);
    native(
        clickhouse,
        "INSERT INTO t VALUES ('2020-01-01', 1), ('2020-01-02', 2)",
    );
    http(clickhouse, "INSERT INTO t VALUES ('2020-01-03', 39)");
    let sum = "SELECT sum(n), count(), currentDatabase() FROM t";
    let wanted = format!("42\t3\t{database}");
    assert_eq!(native(clickhouse, sum), wanted);
    assert_eq!(http(clickhouse, sum), wanted);
}

#[test]
fn tests_share_a_server_and_have_databases_of_their_own() {
    let [one, other] = [(), ()].map(|()| daemons::clickhouse().acquire().unwrap());
    assert_eq!(one.pid(), other.pid());
    assert_ne!(one.database(), other.database());
    http(&one, CREATE);
    assert_eq!(http(&other, "SHOW TABLES"), "");
    let database = one.database().to_owned();
    assert!(http(&other, "SHOW DATABASES").contains(&database));
    drop(one);
    eventually("the database is dropped", || {
        (!http(&other, "SHOW DATABASES").contains(&database)).then_some(())
    });
}

#[test]
fn a_database_can_be_reset() {
    let clickhouse = daemons::clickhouse().acquire().unwrap();
    for _ in 0..3 {
        http(&clickhouse, CREATE);
        http(&clickhouse, "INSERT INTO t VALUES ('2020-01-03', 39)");
        clickhouse.reset().unwrap();
        assert_eq!(native(&clickhouse, "SHOW TABLES"), "");
    }
}

#[fixture(clickhouse, password = "p@<s>&\"w'")]
#[test]
fn a_password_is_required(clickhouse: &Instance<Clickhouse>) {
    assert_eq!(clickhouse.password(), "p@<s>&\"w'");
    assert_eq!(
        http(clickhouse, "SELECT user FROM system.processes"),
        "default"
    );
    assert_eq!(native(clickhouse, "SELECT 42"), "42");
    let error = try_native(clickhouse, "", "SELECT 42").unwrap_err();
    assert!(error.contains("Password required"), "{error}");
    let url = clickhouse.http_url();
    let status = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        url,
        "-d",
        "SELECT 42",
    ];
    assert_ne!(client("curl", &status), "200");
}

#[fixture(
    clickhouse,
    setting("max_threads", "3"),
    setting("count_distinct_implementation", "<&>")
)]
#[fixture(clickhouse as configured, config = "<default_session_timeout>77</default_session_timeout>")]
#[test]
fn settings_hold(clickhouse: &Instance<Clickhouse>, configured: &Instance<Clickhouse>) {
    let value = "SELECT value FROM system.settings WHERE name IN ('max_threads', 'count_distinct_implementation') AND changed ORDER BY name";
    assert_eq!(http(clickhouse, value), "<&>\n3");
    assert_eq!(http(configured, value), "");
    assert_ne!(clickhouse.pid(), configured.pid());
    let config = std::fs::read_to_string(configured.dir().join("config.xml")).unwrap();
    assert!(config.contains("<default_session_timeout>77<"), "{config}");
}

/// Current versions may be installed as one program, which is the server if its first argument says so.
#[test]
fn one_program_may_be_all() {
    let script = "[ \"$1\" = server ] && shift && exec clickhouse-server \"$@\"";
    let clickhouse = StandIn::new("clickhouse", "clickhouse", script);
    for told in &clickhouse.told {
        let (port, database) = (&told["ports"][""], told["values"]["database"].as_str());
        let url = format!(
            "http://default@127.0.0.1:{port}/?database={}",
            database.unwrap()
        );
        let curl = ["-sSf", &url, "-d", "SELECT currentDatabase()"];
        assert_eq!(Some(&*client("curl", &curl)), database);
    }
}

#[test]
fn ports_can_be_fixed() {
    let leased = daemons::clickhouse().start().unwrap();
    let ports = [leased.port(), leased.port_named("native")];
    drop(leased);
    let [port, native_port] = ports;
    let clickhouse = daemons::clickhouse()
        .port(port)
        .native_port(native_port)
        .start()
        .unwrap();
    assert_eq!([clickhouse.port(), clickhouse.port_named("native")], ports);
    assert_eq!(
        (native(&clickhouse, "SELECT 42"), clickhouse.database()),
        ("42".into(), "default")
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (daemon, wanted) in [
        (
            daemons::clickhouse().setting("a b", "1"),
            "`a b` is not the name of a `setting`",
        ),
        (
            daemons::clickhouse().setting("1a", "1"),
            "`1a` is not the name of a `setting`",
        ),
        (
            daemons::clickhouse().setting("a", "\u{1}"),
            "`setting` contains a control character",
        ),
        (
            daemons::clickhouse().password("a\n"),
            "`password` contains a control character",
        ),
    ] {
        let error = daemon.acquire().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let error = daemons::clickhouse()
        .config("<no_end>")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError, "{error}");
    assert!(error.to_string().contains("Tag mismatch"), "{error}");
    let error = daemons::clickhouse()
        .version("3")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled, "{error}");
}
