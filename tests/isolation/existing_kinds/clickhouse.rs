//! ClickHouse lends databases.

use fixtured::{Acquire, daemons};

use super::{Existing, printed};

#[test]
fn it_lends_a_database() {
    let server = daemons::clickhouse().password("p@ss").start().unwrap();
    let ask = |url: &str, query: &str| printed("curl", &["-sS", url, "-d", query], "");
    let root = format!("http://default:p%40ss@127.0.0.1:{}", server.port());
    ask(&root, "CREATE DATABASE t_others");
    Existing {
        name: "clickhouse",
        url: &root,
        put: &|holding| {
            assert!(holding.url.starts_with("http://default:p%40ss@127.0.0.1:"));
            ask(&holding.url, "CREATE TABLE t (n UInt8) ENGINE = Memory");
        },
        has: &|holding| ask(&holding.url, "SHOW TABLES") == "t\n",
        left: &|| {
            let all = ask(&root, "SHOW DATABASES");
            let ours = [
                "default",
                "system",
                "t_others",
                "INFORMATION_SCHEMA",
                "information_schema",
            ];
            let left = all.lines().filter(|name| !ours.contains(name));
            left.map(Into::into).collect()
        },
    }
    .check();
    assert!(ask(&root, "SHOW DATABASES").contains("t_others"));
}
