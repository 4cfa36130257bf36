//! Aodh, with curl.

use std::net::TcpStream;
use std::process::Command;

use fixtured::daemons::{self, Aodh};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{eventually, free_port, request};
use postgres::{Client, NoTls};
use serde_json::{Value, json};

/// What the API says to a request of an administrator.
fn ask(aodh: &Instance<Aodh>, method: &str, path: &str, body: &Value) -> Value {
    let login = [
        "-H",
        "X-Roles: admin",
        "-H",
        "X-User-Id: admin",
        "-H",
        "X-Project-Id: admin",
    ];
    let url = format!("{}/v2/{path}", aodh.http_url());
    request(method, &url, &login, body)
}

fn ask_gnocchi(aodh: &Instance<Aodh>, path: &str, body: &Value) -> Value {
    let login = format!("{}:", aodh.gnocchi_username());
    let url = format!("{}/v1/{path}", aodh.gnocchi_url());
    request("POST", &url, &["-u", &login], body)
}

#[fixture(aodh)]
fn an_alarm_goes_off_when_a_measure_is_too_high(aodh: &Instance<Aodh>, url: &str) {
    assert_eq!(url, format!("aodh://localhost:{}", aodh.port()));
    let name = format!("{}-alarm", aodh.prefix());
    let metric = ask_gnocchi(aodh, "metric", &json!({"archive_policy_name": "high"}));
    let metric = metric["id"].as_str().unwrap();
    let alarm = json!({
        "name": name,
        "type": "gnocchi_aggregation_by_metrics_threshold",
        "gnocchi_aggregation_by_metrics_threshold_rule": {
            "metrics": [metric],
            "aggregation_method": "mean",
            "granularity": 1,
            "evaluation_periods": 1,
            "threshold": 10,
            "comparison_operator": "gt",
        },
    });
    let alarm = ask(aodh, "POST", "alarms", &alarm);
    let alarm = format!("alarms/{}", alarm["alarm_id"].as_str().unwrap());
    let read = ask(aodh, "GET", &alarm, &Value::Null);
    assert_eq!(
        (&read["name"], &read["state"]),
        (&json!(name), &json!("insufficient data"))
    );
    eventually("the alarm goes off", || {
        // What is looked at are the last seconds.
        let now = Command::new("date")
            .args(["-u", "+%Y-%m-%dT%H:%M:%S"])
            .output()
            .unwrap();
        let now = String::from_utf8(now.stdout).unwrap();
        let measures = json!([{"timestamp": now.trim(), "value": 42}]);
        ask_gnocchi(aodh, &format!("metric/{metric}/measures"), &measures);
        let read = ask(aodh, "GET", &alarm, &Value::Null);
        (read["state"] == "alarm").then_some(())
    });
}

#[fixture(aodh)]
#[fixture(aodh as other)]
fn tests_share_a_server_and_begin_names_with_words_of_their_own(
    aodh: &Instance<Aodh>,
    other: &Instance<Aodh>,
) {
    assert_eq!(aodh.pid(), other.pid());
    let names = [aodh, other].map(|aodh| format!("{}-same", aodh.prefix()));
    for name in &names {
        let alarm = json!({"name": name, "type": "event", "event_rule": {"event_type": "x"}});
        ask(aodh, "POST", "alarms", &alarm);
    }
    let all = ask(other, "GET", "alarms", &Value::Null);
    let mut found: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|alarm| alarm["name"].as_str())
        .filter(|name| names.iter().any(|wanted| wanted == name))
        .collect();
    found.sort_unstable();
    let mut wanted = names.clone();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[fixture(postgres)]
fn alarms_can_be_kept_elsewhere(url: &str) {
    let [port, gnocchi_port, indexer_port] = [(); 3].map(|()| free_port());
    let aodh = daemons::aodh()
        .database_url(url)
        .port(port)
        .gnocchi_port(gnocchi_port)
        .gnocchi_indexer_port(indexer_port)
        .start()
        .unwrap();
    let urls = [port, gnocchi_port].map(|port| format!("http://localhost:{port}"));
    assert_eq!(urls, [aodh.http_url(), aodh.gnocchi_url()]);
    TcpStream::connect(("127.0.0.1", indexer_port)).unwrap();
    let alarm = json!({"name": "alarm", "type": "event", "event_rule": {"event_type": "x"}});
    let alarm = ask(&aodh, "POST", "alarms", &alarm);
    let kept = Client::connect(url, NoTls)
        .unwrap()
        .query_one("SELECT name, alarm_id FROM alarm", &[])
        .unwrap();
    let id = alarm["alarm_id"].as_str().unwrap();
    assert_eq!((kept.get(0), kept.get(1)), ("alarm", id));
}

#[test]
fn a_database_that_cannot_be_reached_is_in_the_message() {
    let error = daemons::aodh()
        .database_url("postgresql://postgres@/postgres?host=/nowhere")
        .start()
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/.s.PGSQL"), "{error}");
}
