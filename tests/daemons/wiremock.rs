//! WireMock, with curl.

use std::fs;

use fixtured::daemons::{self, Wiremock};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually, request, scratch_directory};
use serde_json::{Value, json};

/// Has it answer requests for a path of the test.
fn stub(wiremock: &Instance<Wiremock>, path: &str, body: &str) {
    let stub = json!({
        "request": { "method": "GET", "urlPath": format!("{}{path}", wiremock.prefix()) },
        "response": { "status": 200, "body": body },
    });
    ask(wiremock, "POST", "mappings", &stub);
}

/// What the administration API answers.
fn ask(wiremock: &Instance<Wiremock>, method: &str, what: &str, body: &Value) -> Value {
    let url = format!("{}/{what}", wiremock.admin_url());
    request(method, &url, &[], body)
}

/// What a client sees at a path of the test.
fn get(wiremock: &Instance<Wiremock>, path: &str) -> String {
    let url = format!("{}{path}", wiremock.url());
    client("curl", &["-sS", "-w", " %{http_code}", &url])
}

/// What the server has of a path: its stubs, and requests for it.
fn of_path(wiremock: &Instance<Wiremock>, prefix: &str) -> (usize, usize) {
    let count = |what: &str, field: &str| {
        let all = ask(wiremock, "GET", what, &Value::Null);
        let all = all[what].as_array().unwrap().clone();
        let urls = all.iter().filter_map(|it| it["request"][field].as_str());
        urls.filter(|url| url.starts_with(&format!("{prefix}/")))
            .count()
    };
    (count("mappings", "urlPath"), count("requests", "url"))
}

#[fixture(wiremock)]
fn a_client_gets_what_the_test_has_chosen(wiremock: &Instance<Wiremock>, url: &str, prefix: &str) {
    assert_eq!(url, format!("http://127.0.0.1:{}{prefix}", wiremock.port()));
    assert!(prefix.starts_with("/t_"), "{prefix}");
    assert!(get(wiremock, "/hello").ends_with(" 404"));
    stub(wiremock, "/hello", "it works");
    assert_eq!(get(wiremock, "/hello"), "it works 200");
    let wanted = json!({ "method": "GET", "urlPath": format!("{prefix}/hello") });
    let count = ask(wiremock, "POST", "requests/count", &wanted);
    assert_eq!(count["count"], 2);
}

#[test]
fn tests_share_a_server_and_have_stubs_of_their_own() {
    let [one, other] = [(), ()].map(|()| daemons::wiremock().acquire().unwrap());
    assert_eq!(one.pid(), other.pid());
    assert_ne!(one.url(), other.url());
    stub(&one, "/a", "1");
    stub(&other, "/a", "2");
    assert_eq!(
        (get(&one, "/a"), get(&other, "/a")),
        ("1 200".into(), "2 200".into())
    );
    let prefix = one.prefix().to_owned();
    assert_eq!(of_path(&other, &prefix), (1, 1));
    drop(one);
    eventually("the stubs and requests of the test are gone", || {
        (of_path(&other, &prefix) == (0, 0)).then_some(())
    });
    assert_eq!(of_path(&other, other.prefix()), (1, 1));
    assert_eq!(get(&other, "/a"), "2 200");
}

#[test]
fn a_dedicated_server_belongs_to_its_test() {
    let [one, other] = [(), ()].map(|()| daemons::wiremock().start().unwrap());
    assert_eq!(one.url(), format!("http://127.0.0.1:{}", one.port()));
    assert_eq!(one.prefix(), "");
    stub(&one, "/a", "1");
    assert_eq!(get(&one, "/a"), "1 200");
    assert!(get(&other, "/a").ends_with(" 404"));
}

#[test]
fn each_test_starts_with_the_stubs_of_a_file() {
    let scratch = scratch_directory("wiremock").unwrap();
    let path = scratch.join("stubs.json");
    let stubs = json!({ "mappings": [
        {
            "id": "730d3e32-d098-4169-a20c-554c3bedce58",
            "request": { "urlPathPattern": "/users/[0-9]+" },
            "response": { "body": "a user" },
        },
        {
            "scenarioName": "queue",
            "requiredScenarioState": "Started",
            "newScenarioState": "empty",
            "request": { "urlPath": "/next" },
            "response": { "body": "one" },
        },
    ] });
    fs::write(&path, stubs.to_string()).unwrap();
    let [one, other] = [(), ()].map(|()| daemons::wiremock().init(&path).acquire().unwrap());
    assert_eq!(one.pid(), other.pid());
    for wiremock in [&one, &other] {
        assert_eq!(get(wiremock, "/users/7"), "a user 200");
        assert_eq!(get(wiremock, "/next"), "one 200");
        assert!(get(wiremock, "/next").ends_with(" 404"));
    }
    let prefix = one.prefix().to_owned();
    drop(one);
    eventually("the stubs and requests of the test are gone", || {
        (of_path(&other, &prefix) == (0, 0)).then_some(())
    });
    assert_eq!(get(&other, "/users/8"), "a user 200");

    fs::write(&path, "{").unwrap();
    let error = daemons::wiremock().init(&path).acquire().unwrap_err();
    let wanted = "read the stubs of `init`";
    assert!(error.to_string().contains(wanted), "{error}");
}

#[test]
fn settings_reach_the_server() {
    let wiremock = daemons::wiremock().setting("global-response-templating", "");
    let wiremock = wiremock.acquire().unwrap();
    stub(&wiremock, "/a", "{{request.query.name}} ä");
    assert_eq!(get(&wiremock, "/a?name=Ada"), "Ada ä 200");

    let error = daemons::wiremock().setting("container-threads", "x");
    let error = error.start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let wanted = "--container-threads=x";
    assert!(error.to_string().contains(wanted), "{error}");
}
