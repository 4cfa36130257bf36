//! VictoriaMetrics, with curl and the client program of Prometheus.

use fixtured::daemons::{self, Victoriametrics};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually};

/// What `promtool` prints for a query.
fn query(server: &Instance<Victoriametrics>, query: &str) -> String {
    client("promtool", &["query", "instant", server.url(), query])
}

/// Writes a sample in Prometheus's text format.
fn import(server: &Instance<Victoriametrics>, sample: &str) {
    let import = format!("{}/api/v1/import/prometheus", server.url());
    client("curl", &["-sSf", "--data-binary", sample, &import]);
}

#[fixture(victoriametrics)]
fn a_client_reads_back_what_was_written(
    victoriametrics: &Instance<Victoriametrics>,
    url: &str,
    port: u16,
) {
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    // One of now, and one of long ago.
    import(
        victoriametrics,
        "heat{room=\"one\"} 21.5\nheat{room=\"old\"} 3 946684800000",
    );
    eventually("the samples are there", || {
        let now = query(victoriametrics, "heat");
        let old = format!("{url}/api/v1/query?query=heat&time=946684860");
        let old = client("curl", &["-sSfg", &old]);
        let is_there = now.contains("heat{room=\"one\"} => 21.5 @");
        (is_there && old.contains("\"room\":\"old\"")).then_some(())
    });
}

#[test]
fn tests_do_not_see_each_others_samples() {
    let [first, second] = [(), ()].map(|()| daemons::victoriametrics().acquire().unwrap());
    import(&first, "heat{room=\"one\"} 1");
    import(&second, "heat{room=\"two\"} 2");
    for (server, wanted) in [
        (&first, "heat{room=\"one\"} => 1 @"),
        (&second, "heat{room=\"two\"} => 2 @"),
    ] {
        let (found, _) = eventually("the sample is there", || {
            Some(query(server, "heat")).filter(|found| !found.is_empty())
        });
        assert!(found.starts_with(wanted), "{found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

#[test]
fn targets_are_scraped_and_remote_writes_are_accepted() {
    let server = daemons::victoriametrics();
    let target = daemons::prometheus().start().unwrap();
    let server = server
        .scrape(target.url())
        .scrape_interval("100ms")
        .start()
        .unwrap();
    let config = format!(
        "global: {{scrape_interval: 100ms}}\n\
         scrape_configs:\n\
         - {{job_name: itself, static_configs: [{{targets: ['127.0.0.1:{{port}}']}}]}}\n\
         remote_write:\n\
         - {{url: '{}/api/v1/write', queue_config: {{batch_send_deadline: 100ms}}}}\n",
        server.url()
    );
    let _sender = daemons::prometheus().config(config).start().unwrap();
    eventually("the samples of both are there", || {
        let found = query(&server, "up");
        let scraped = found.contains(&format!("job=\"{}\"", target.url()));
        (scraped && found.contains("job=\"itself\"")).then_some(())
    });
}

#[test]
fn what_is_wrong_is_said() {
    for (wrong, wanted) in [
        (
            daemons::victoriametrics().setting("no-such-flag", "1"),
            "flag provided but not defined: -no-such-flag",
        ),
        (
            daemons::victoriametrics().config("scrape_configs: 1"),
            "cannot unmarshal",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let error = daemons::victoriametrics().scrape("a:x").start();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let wanted = "`scrape`: `a:x` is not a target";
    assert!(error.to_string().contains(wanted), "{error}");
}
