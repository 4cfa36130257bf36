//! etcd 3.5, which `tests/provision` puts beside that of this machine.

use fixtured::daemons::{self, Etcd};
use fixtured::{Instance, fixture};

#[path = "etcd_each.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both versions")]
mod each;

fn server() -> Etcd {
    daemons::etcd().version("3.5")
}

#[fixture(self::server as etcd)]
#[test]
fn it_is_the_version_that_is_wanted(etcd: &Instance<Etcd>) {
    let url = format!("{}/version", etcd.http_url());
    let said = fixtured_tests::client("curl", &["-sSf", &url]);
    assert!(said.contains("\"etcdserver\":\"3.5."), "{said}");
}
