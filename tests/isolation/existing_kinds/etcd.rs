//! etcd lends prefixes.

use fixtured::{Acquire, daemons};
use fixtured_tests::Holding;

use super::{Existing, printed};

#[test]
fn it_lends_a_prefix() {
    let server = daemons::etcd().start().unwrap();
    let ask = |args: &[&str]| {
        let endpoint = format!("--endpoints={}", server.http_url());
        printed("etcdctl", &[&[&*endpoint], args].concat(), "")
    };
    ask(&["put", "t_others/key", "1"]);
    let key = |holding: &Holding| format!("{}key", holding.prefix);
    Existing {
        name: "etcd",
        url: server.http_url(),
        put: &|holding| drop(ask(&["put", &key(holding), "mine"])),
        has: &|holding| ask(&["get", &key(holding)]).contains("mine"),
        left: &|| {
            let all = ask(&["get", "--prefix", "", "--keys-only"]);
            let mine = all
                .lines()
                .filter(|line| !["", "t_others/key"].contains(line));
            mine.map(Into::into).collect()
        },
    }
    .check();
    assert!(ask(&["get", "t_others/key"]).contains('1'));
}
