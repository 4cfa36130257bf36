//! dnsmasq, with dig.

use std::fs;

use fixtured::daemons::{self, Dnsmasq};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually};

/// What `dig` prints for a question.
fn dig(dnsmasq: &Instance<Dnsmasq>, question: &[&str]) -> String {
    let (server, port) = (format!("@{}", dnsmasq.host()), dnsmasq.port().to_string());
    client("dig", &[&[&*server, "-p", &port], question].concat())
}

/// The addresses, or whatever is asked for, each in a line.
fn found(dnsmasq: &Instance<Dnsmasq>, question: &[&str]) -> String {
    dig(dnsmasq, &[&["+short"], question].concat())
}

#[fixture(
    dnsmasq,
    record("db.test", "10.1.2.3,fd00::1"),
    record("web.test", "127.0.0.1")
)]
fn records_are_found(dnsmasq: &Instance<Dnsmasq>, url: &str, port: u16) {
    assert_eq!(url, format!("dns://127.0.0.1:{port}"));
    assert_eq!(found(dnsmasq, &["db.test"]), "10.1.2.3");
    assert_eq!(found(dnsmasq, &["+tcp", "db.test", "AAAA"]), "fd00::1");
    assert_eq!(found(dnsmasq, &["web.test"]), "127.0.0.1");
    assert_eq!(found(dnsmasq, &["-x", "10.1.2.3"]), "db.test.");
    for other in ["x.db.test", "example.com", "localhost"] {
        let answer = dig(dnsmasq, &[other]);
        assert!(answer.contains("status: NXDOMAIN"), "{answer}");
    }
    eventually("the queries are in the log", || {
        let log = fs::read_to_string(dnsmasq.log()).unwrap();
        log.contains("query[AAAA] db.test from 127.0.0.1")
            .then_some(())
    });
}

#[fixture(dnsmasq)]
fn a_test_adds_names_while_it_runs(dnsmasq: &Instance<Dnsmasq>) {
    assert_eq!(found(dnsmasq, &["late.test"]), "");
    fs::write(dnsmasq.hosts().join("mine"), "10.0.0.9 late.test\n").unwrap();
    eventually("the name is known", || {
        (found(dnsmasq, &["late.test"]) == "10.0.0.9").then_some(())
    });
}

#[test]
fn each_has_its_own_records_and_may_ask_another() {
    let [first, second] = ["10.0.0.1", "10.0.0.2"].map(|address| {
        let dnsmasq = daemons::dnsmasq().record("a.test", address);
        dnsmasq.acquire().unwrap()
    });
    assert_eq!(found(&first, &["a.test"]), "10.0.0.1");
    assert_eq!(found(&second, &["a.test"]), "10.0.0.2");
    let asks = daemons::dnsmasq()
        .record("b.test", "10.0.0.3")
        .upstream(format!("127.0.0.1:{}", first.port()))
        .start()
        .unwrap();
    assert_eq!(found(&asks, &["a.test"]), "10.0.0.1");
    assert_eq!(found(&asks, &["b.test"]), "10.0.0.3");
}

#[fixture(
    dnsmasq,
    record("web.test", "10.0.0.1"),
    config = "cname=www.test,web.test\nsrv-host=_http._tcp.test,web.test,80\ntxt-record=test,hello\naddress=/wild.test/10.0.0.4"
)]
fn other_records_are_configured(dnsmasq: &Instance<Dnsmasq>) {
    assert_eq!(found(dnsmasq, &["www.test"]), "web.test.\n10.0.0.1");
    assert_eq!(
        found(dnsmasq, &["_http._tcp.test", "SRV"]),
        "0 0 80 web.test."
    );
    assert_eq!(found(dnsmasq, &["test", "TXT"]), "\"hello\"");
    assert_eq!(found(dnsmasq, &["any.wild.test"]), "10.0.0.4");
}

#[test]
fn what_is_wrong_is_said() {
    let error = daemons::dnsmasq().config("no-such-option").start();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(
        error.to_string().contains("bad option at line 1"),
        "{error}"
    );
    for wrong in ["here", "10.0.0.1,", "10.0.0.1 10.0.0.2"] {
        let error = daemons::dnsmasq().record("db.test", wrong).start();
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let wanted =
            format!("`record`: `db.test` has the address `{wrong}`, expected e.g. `127.0.0.1`");
        assert!(error.to_string().contains(&wanted), "{error}");
    }
}
