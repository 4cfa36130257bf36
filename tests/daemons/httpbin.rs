//! httpbin, asked by curl.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixtured::daemons::{self, Httpbin};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::client;

fn curl(args: &[&str]) -> String {
    client("curl", &[&["-sS", "--max-time", "30"], args].concat())
}

#[fixture(httpbin)]
fn a_client_is_told_what_it_has_asked(httpbin: &Instance<Httpbin>, url: &str) {
    assert_eq!(url, format!("http://127.0.0.1:{}", httpbin.port()));
    let told = curl(&["-d", "a=1", "-H", "X-Test: 7", &format!("{url}/post?q=x")]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (&told["form"]["a"], &told["args"]["q"]),
        (&"1".into(), &"x".into())
    );
    assert_eq!(told["headers"]["X-Test"], "7");
    let status = ["-o", "/dev/null", "-w", "%{http_code}", "-L"];
    for (path, wanted) in [
        ("status/418", "418"),
        ("redirect/2", "200"),
        ("gzip", "200"),
        ("brotli", "200"),
    ] {
        assert_eq!(
            curl(&[&status[..], &[&format!("{url}/{path}")]].concat()),
            wanted
        );
    }
}

#[fixture(httpbin)]
fn slow_requests_do_not_wait_for_each_other(url: &str) {
    let began = Instant::now();
    let ask = || {
        let mut curl = Command::new("curl");
        curl.args(["-sSf", "--max-time", "30", &format!("{url}/delay/1")]);
        curl.stdout(Stdio::null()).spawn().unwrap()
    };
    let asking: Vec<_> = (0..20).map(|_| ask()).collect();
    for mut curl in asking {
        assert!(curl.wait().unwrap().success());
    }
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn tests_share_it() {
    let [first, second] = [(); 2].map(|()| daemons::httpbin().acquire().unwrap());
    assert_eq!((first.pid(), first.url()), (second.pid(), second.url()));
}
