//! Envoy, with curl.

use std::fs;

use fixtured::daemons::{self, Envoy};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, serve_once};

/// A whole configuration, which answers by itself.
const ANSWERS: &str = r#"
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: {port} } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: in
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: { prefix: "/" }
                direct_response: { status: 418, body: { inline_string: "in {dir}" } }
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"#;

#[fixture(envoy)]
fn requests_reach_a_server_of_the_test(envoy: &Instance<Envoy>, url: &str, backend: &str) {
    let port = envoy.port_named("backend");
    assert_eq!(backend, format!("127.0.0.1:{port}"));
    let status = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", url];
    assert_eq!(client("curl", &status), "503");
    let served = serve_once(backend, "from the test");
    assert_eq!(
        client("curl", &["-sSf", &format!("{url}/a?b=c")]),
        "from the test"
    );
    assert!(served.join().unwrap().starts_with("GET /a?b=c HTTP/1.1"));
    let statistics = format!(
        "{}/stats?filter=^http.http.downstream_rq",
        envoy.admin_url()
    );
    let statistics = client("curl", &["-sSf", &statistics]);
    assert!(
        statistics.contains("http.http.downstream_rq_2xx: 1"),
        "{statistics}"
    );
}

#[test]
fn requests_are_forwarded_to_a_server_that_is_named() {
    let behind = daemons::nginx().start().unwrap();
    fs::write(behind.root().join("a"), "from behind").unwrap();
    let [first, second] =
        [(), ()].map(|()| daemons::envoy().backend(behind.url()).acquire().unwrap());
    for envoy in [&first, &second] {
        let found = client("curl", &["-sSf", &format!("{}/a", envoy.url())]);
        assert_eq!(found, "from behind");
    }
    // What one is told, the other is not.
    let fail = format!("{}/healthcheck/fail", first.admin_url());
    client("curl", &["-sSf", "-X", "POST", &fail]);
    let state = |envoy: &Instance<Envoy>| {
        let info = client(
            "curl",
            &["-sSf", &format!("{}/server_info", envoy.admin_url())],
        );
        let info: serde_json::Value = serde_json::from_str(&info).unwrap();
        info["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&first), "DRAINING");
    assert_eq!(state(&second), "LIVE");
}

#[test]
fn a_configuration_of_ones_own_is_used() {
    let envoy = daemons::envoy().config(ANSWERS).start().unwrap();
    let found = client("curl", &["-sS", "-w", " %{http_code}", envoy.url()]);
    assert_eq!(found, format!("in {} 418", envoy.dir().display()));
    let ready = format!("{}/ready", envoy.admin_url());
    assert_eq!(client("curl", &["-sSf", &ready]), "LIVE");
}

#[test]
fn what_is_wrong_is_said() {
    let broken = ANSWERS.replace("stat_prefix", "no_such_field");
    let error = daemons::envoy().config(broken).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(error.to_string().contains("no_such_field"), "{error}");
    for (wrong, wanted) in [
        (
            daemons::envoy().config("static_resources: {}"),
            "the configuration must listen on `127.0.0.1:{port}`",
        ),
        (
            daemons::envoy().backend("http://a:80/path"),
            "`backend`: `http://a:80/path` is not an address, expected e.g. `127.0.0.1:8080`",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
