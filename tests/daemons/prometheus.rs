//! Prometheus, with its own client program.

use std::fs;

use fixtured::daemons::{self, Prometheus};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually, scratch_directory};

/// What `promtool` prints for a query.
fn query(url: &str, query: &str) -> String {
    client("promtool", &["query", "instant", url, query])
}

#[fixture(prometheus)]
fn nothing_is_scraped_without_being_told(prometheus: &Instance<Prometheus>, url: &str, port: u16) {
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    assert_eq!(query(url, "up"), "");
    assert!(query(url, "vector(42)").contains("=> 42 @"));
    assert!(prometheus.dir().join("data").exists());
}

#[test]
fn targets_are_scraped_and_servers_are_kept_apart() {
    let target = daemons::prometheus().start().unwrap();
    let [first, second] = ["first", "second"].map(|_| {
        let prometheus = daemons::prometheus().scrape_interval("100ms");
        prometheus.scrape(target.url()).acquire().unwrap()
    });
    for prometheus in [&first, &second] {
        eventually("the target has been scraped", || {
            let wanted = format!("job=\"{}\"}} => 1 @", target.url());
            query(prometheus.url(), "up")
                .contains(&wanted)
                .then_some(())
        });
    }
    let delete = format!("{}/api/v1/admin/tsdb/delete_series?match[]=up", first.url());
    client("curl", &["-sSfg", "-X", "POST", &delete]);
    assert_ne!(query(second.url(), "count_over_time(up[1h])"), "");
    assert_eq!(query(target.url(), "up"), "");
}

/// One server writes to another what it has scraped of itself.
#[test]
fn remote_writes_are_accepted() {
    let receiver = daemons::prometheus().start().unwrap();
    let scratch = scratch_directory("prometheus").unwrap();
    let path = scratch.join("prometheus.yml");
    let text = format!(
        "global: {{scrape_interval: 100ms}}\n\
         scrape_configs:\n\
         - {{job_name: itself, static_configs: [{{targets: ['127.0.0.1:{{port}}']}}]}}\n\
         remote_write:\n\
         - {{url: '{}/api/v1/write', queue_config: {{batch_send_deadline: 100ms}}}}\n",
        receiver.url()
    );
    fs::write(&path, text).unwrap();
    let _sender = daemons::prometheus().config_file(&path).start().unwrap();
    eventually("the samples have come", || {
        let found = query(receiver.url(), "up");
        found.contains("job=\"itself\"} => 1 @").then_some(())
    });
}

#[fixture(prometheus, setting("storage.tsdb.retention.time", "123h"))]
fn settings_reach_the_server(url: &str) {
    let flags = format!("{url}/api/v1/status/flags");
    let flags = client("curl", &["-sSf", &flags]);
    let wanted = r#""storage.tsdb.retention.time":"5d3h""#;
    assert!(flags.contains(wanted), "{flags}");
}

#[test]
fn what_is_wrong_is_said() {
    let error = daemons::prometheus().config("no_such: 1").start();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(
        error.to_string().contains("field no_such not found"),
        "{error}"
    );
    for (wrong, wanted) in [
        (
            daemons::prometheus().scrape("localhost"),
            "`scrape`: `localhost` is not a target, expected e.g. `127.0.0.1:8080`",
        ),
        (
            daemons::prometheus().scrape("a:1").config(""),
            "`scrape` and `scrape_interval` are without effect beside a `config`",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
