//! Gnocchi, with curl.

use std::net::{TcpStream, UdpSocket};
use std::process::Command;

use fixtured::daemons::{self, Gnocchi};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{eventually, free_port, request};
use postgres::{Client, NoTls};
use serde_json::{Value, json};

/// What the API says to a request of the administrator.
fn ask(gnocchi: &Instance<Gnocchi>, method: &str, path: &str, body: &Value) -> Value {
    let login = format!("{}:", gnocchi.username());
    let url = format!("{}/v1/{path}", gnocchi.http_url());
    request(method, &url, &["-u", &login], body)
}

fn get(gnocchi: &Instance<Gnocchi>, path: &str) -> Value {
    ask(gnocchi, "GET", path, &Value::Null)
}

/// Makes a metric of this name and writes measures of one minute: 3 and 5.
fn write(gnocchi: &Instance<Gnocchi>, name: &str) -> String {
    let metric = json!({"name": name, "archive_policy_name": "high"});
    let metric = ask(gnocchi, "POST", "metric", &metric);
    let id = metric["id"].as_str().unwrap().to_owned();
    let measures = json!([
        {"timestamp": "2020-01-01T00:00:00", "value": 3},
        {"timestamp": "2020-01-01T00:00:01", "value": 5},
    ]);
    ask(gnocchi, "POST", &format!("metric/{id}/measures"), &measures);
    id
}

/// Waits until the mean of that minute is there.
fn wait_for_the_mean(gnocchi: &Instance<Gnocchi>, id: &str) {
    let path = format!("metric/{id}/measures?aggregation=mean&granularity=60");
    eventually("the measures are aggregated", || {
        let found = get(gnocchi, &path);
        (found == json!([["2020-01-01T00:00:00+00:00", 60.0, 4.0]])).then_some(())
    });
}

#[fixture(gnocchi)]
fn measures_are_aggregated_without_being_asked_for(gnocchi: &Instance<Gnocchi>, url: &str) {
    assert_eq!(url, format!("gnocchi://localhost:{}", gnocchi.port()));
    let id = write(gnocchi, &format!("{}-metric", gnocchi.prefix()));
    wait_for_the_mean(gnocchi, &id);
}

#[fixture(gnocchi)]
fn or_at_once_for_who_asks_for_them(gnocchi: &Instance<Gnocchi>, prefix: String) {
    let id = write(gnocchi, &format!("{prefix}-metric"));
    let path = format!("metric/{id}/measures?aggregation=max&granularity=60&refresh=true");
    let wanted = json!([["2020-01-01T00:00:00+00:00", 60.0, 5.0]]);
    assert_eq!(get(gnocchi, &path), wanted);
}

#[fixture(gnocchi)]
fn statsd_has_its_datagrams_on_its_port(gnocchi: &Instance<Gnocchi>, statsd_port: u16) {
    let name = format!("{}.gauge", gnocchi.prefix());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let datagram = format!("{name}:7|g");
    let sent = socket.send_to(datagram.as_bytes(), ("127.0.0.1", statsd_port));
    assert_eq!(sent.unwrap(), datagram.len());
    let resource = gnocchi.statsd_resource();
    assert_eq!(gnocchi.variables()["GNOCCHI_STATSD_RESOURCE_ID"], resource);
    let path = format!("resource/generic/{resource}/metric/{name}|g/measures?refresh=true");
    eventually("the metric is there", || {
        let metrics = get(gnocchi, &format!("resource/generic/{resource}"));
        metrics["metrics"].get(format!("{name}|g")).map(drop)
    });
    let measures = get(gnocchi, &path.replace('|', "%7C"));
    assert_eq!(measures[0][2], json!(7.0), "{measures}");
}

#[fixture(gnocchi)]
#[fixture(gnocchi as other)]
fn tests_share_a_server_and_begin_names_with_words_of_their_own(
    gnocchi: &Instance<Gnocchi>,
    other: &Instance<Gnocchi>,
) {
    assert_eq!(gnocchi.pid(), other.pid());
    assert_ne!(gnocchi.prefix(), other.prefix());
    write(gnocchi, &format!("{}-same", gnocchi.prefix()));
    let found = get(other, "metric?limit=1000");
    let mut names = found.as_array().unwrap().iter();
    let name = json!(format!("{}-same", gnocchi.prefix()));
    assert!(names.any(|metric| metric["name"] == name), "{found}");
}

/// What the client of Redis prints.
fn redis_cli(args: &[&str]) -> String {
    let output = Command::new("redis-cli").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[fixture(postgres)]
#[fixture(redis)]
fn index_and_storage_can_be_elsewhere(postgres_url: &str, redis_url: &str) {
    let [port, statsd_port, coordination_port] = [(); 3].map(|()| free_port());
    let gnocchi = daemons::gnocchi()
        .indexer_url(postgres_url)
        .storage_url(redis_url)
        .coordination_driver("redis")
        .coordination_port(coordination_port)
        .statsd_port(statsd_port)
        .port(port)
        .start()
        .unwrap();
    assert_eq!((gnocchi.port(), gnocchi.statsd_port()), (port, statsd_port));
    UdpSocket::bind(("127.0.0.1", statsd_port)).unwrap_err();
    // Whoever coordinates has a connection of its own.
    let clients = redis_cli(&["-p", &coordination_port.to_string(), "CLIENT", "LIST"]);
    assert!(clients.lines().count() > 1, "{clients}");
    let id = write(&gnocchi, "metric");
    wait_for_the_mean(&gnocchi, &id);
    let index = Client::connect(postgres_url, NoTls)
        .unwrap()
        .query_one("SELECT name, id::text FROM metric", &[])
        .unwrap();
    assert_eq!((index.get(0), index.get(1)), ("metric", id.as_str()));
    let kept = redis_cli(&["-u", redis_url, "KEYS", &format!("*{id}*")]);
    assert!(kept.contains(&id), "{kept}");
}

fn keeps_measures_in(storage: &str) {
    let indexer_port = free_port();
    let gnocchi = daemons::gnocchi()
        .storage(storage)
        .indexer_port(indexer_port)
        .start()
        .unwrap();
    TcpStream::connect(("127.0.0.1", indexer_port)).unwrap();
    let id = write(&gnocchi, storage);
    wait_for_the_mean(&gnocchi, &id);
    let files = gnocchi.dir().join("storage");
    assert!(!files.exists(), "{}", files.display());
}

#[test]
fn redis_keeps_measures() {
    keeps_measures_in("redis");
}

#[test]
fn s3_keeps_measures() {
    keeps_measures_in("s3");
}

#[test]
fn swift_keeps_measures() {
    keeps_measures_in("swift");
}

#[test]
fn ceph_keeps_measures() {
    keeps_measures_in("ceph");
}

#[test]
fn what_is_not_there_is_said() {
    for (gnocchi, wanted) in [
        (
            daemons::gnocchi().coordination_driver("zake"),
            "unknown coordination driver `zake`, expected \"default\" or \"redis\"",
        ),
        (
            daemons::gnocchi().storage("tape"),
            "unknown storage `tape`, expected \"file\", \"redis\", \"s3\", \"swift\" or \"ceph\"",
        ),
        (
            daemons::gnocchi().storage_url("http://localhost"),
            "invalid `storage_url` `http://localhost`, expected `file://…`, `redis://…`",
        ),
    ] {
        let error = gnocchi.acquire().unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn an_index_that_cannot_be_reached_is_in_the_message() {
    let error = daemons::gnocchi()
        .indexer_url("postgresql://postgres@/postgres?host=/nowhere")
        .start()
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nowhere/.s.PGSQL"), "{error}");
}
