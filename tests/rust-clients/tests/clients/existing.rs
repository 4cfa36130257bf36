//! The same clients, where the servers exist already: what tests are given leads there.

use std::env;
use std::process::Command;

use fixtured::Acquire;

/// Runs tests of a daemon in an existing server.
fn check(daemon: &str, url: &str, clients: &[&str]) {
    let module = match daemon {
        "mysql" | "mariadb" | "redis" | "valkey" => format!("{daemon}::clients"),
        "zookeeper" => "heavy::zookeeper".into(),
        _ => daemon.into(),
    };
    let names = clients.iter().map(|client| format!("{module}::{client}"));
    let variable = format!("FIXTURED_{}_URL", daemon.to_uppercase());
    let output = Command::new(env::current_exe().unwrap())
        .arg("--exact")
        .args(names)
        .env(variable, url)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let all = format!("{} passed; 0 failed", clients.len());
    assert!(printed.contains(&all), "{printed}");
}

/// Starts a server, and has these clients use it by the URL that one of its methods returns.
macro_rules! existing {
    ($($daemon:ident by $url:ident: $clients:expr;)*) => {$(
        #[test]
        fn $daemon() {
            let server = fixtured::daemons::$daemon().start().unwrap();
            check(stringify!($daemon), server.$url(), &$clients);
        }
    )*};
}

existing! {
    postgres by url: ["postgres", "tokio_postgres", "sqlx", "diesel", "deadpool_postgres"];
    mysql by url: ["mysql", "mysql_async", "sqlx"];
    mariadb by url: ["mysql", "mysql_async", "sqlx"];
    redis by url: ["redis", "fred", "rustis", "deadpool_redis"];
    valkey by url: ["redis", "fred", "rustis", "deadpool_redis"];
    influxdb by http_url: ["influxdb"];
    etcd by http_url: ["etcd_client"];
    consul by http_url: ["rs_consul", "ureq"];
    zookeeper by url: ["zookeeper_client", "zookeeper_async"];
    httpbin by http_url: ["reqwest", "ureq"];
}
