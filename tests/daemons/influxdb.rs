//! InfluxDB, with its own client program.

use std::process::Command;

use fixtured::daemons::{self, Influxdb};
use fixtured::{Acquire, ErrorKind, Instance, fixture};

/// What `influx` prints for a statement, as comma-separated values.
fn influx(port: u16, database: &str, statement: &str) -> String {
    let output = Command::new("influx")
        .args(["-host", "127.0.0.1", "-port", &port.to_string()])
        .args([
            "-database",
            database,
            "-format",
            "csv",
            "-execute",
            statement,
        ])
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{statement}: {printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed.trim_end().to_owned()
}

/// The names of its databases.
fn databases(port: u16) -> Vec<String> {
    let printed = influx(port, "", "SHOW DATABASES");
    let rows = printed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','));
    rows.map(|(_, name)| name.to_owned()).collect()
}

#[fixture(influxdb)]
fn what_is_written_is_read_back(influxdb: &Instance<Influxdb>, port: u16, database: &str) {
    assert_eq!(influxdb.url(), format!("influxdb://localhost:{port}/test"));
    assert_eq!(influxdb.http_url(), format!("http://localhost:{port}"));
    influx(port, database, "INSERT weather,place=here degrees=21.5 1");
    let found = influx(port, database, "SELECT degrees, place FROM weather");
    assert_eq!(found, "name,time,degrees,place\nweather,1,21.5,here");
}

#[fixture(influxdb, database = "my \"own\" data")]
fn the_database_has_the_name_that_was_asked_for(url: &str, port: u16) {
    // As comma-separated values have it.
    assert_eq!(databases(port), [r#""my ""own"" data""#]);
    assert!(url.ends_with("/my%20%22own%22%20data"), "{url}");
}

#[test]
fn tests_do_not_see_each_others_data() {
    // The second has to find another port for backups, too.
    let [first, second] = [(), ()].map(|()| daemons::influxdb().acquire().unwrap());
    influx(first.port(), "test", "CREATE DATABASE other");
    influx(first.port(), "test", "INSERT weather degrees=1 1");
    assert_eq!(databases(first.port()), ["test", "other"]);
    assert_eq!(databases(second.port()), ["test"]);
    assert_eq!(influx(second.port(), "test", "SELECT * FROM weather"), "");
}

#[test]
fn settings_reach_the_server() {
    let server = daemons::influxdb()
        .setting("http.max-row-limit", "1")
        .start()
        .unwrap();
    for time in 1..=3 {
        let statement = format!("INSERT weather degrees=1 {time}");
        influx(server.port(), "test", &statement);
    }
    let url = format!(
        "{}/query?db=test&q=SELECT+*+FROM+weather",
        server.http_url()
    );
    let answer = Command::new("curl").args(["-sS", &url]).output().unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    assert!(answer.contains("\"partial\":true"), "{answer}");
}

#[test]
fn a_wrong_setting_shows_what_the_server_says() {
    let error = daemons::influxdb()
        .setting("data.index-version", "paper")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(error.to_string().contains("paper"), "{error}");
    let error = daemons::influxdb().database("").start().unwrap_err();
    assert!(
        error.to_string().contains("a database needs a name"),
        "{error}"
    );
}
