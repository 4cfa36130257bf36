//! NATS 2.15, which `tests/provision` puts beside that of this machine.

use fixtured::daemons::{self, Nats};
use fixtured::{Instance, fixture};
use fixtured_tests::client;

#[path = "nats_each.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both versions")]
mod each;

fn server() -> Nats {
    daemons::nats().version("2.15")
}

#[fixture(self::server as nats, monitoring = true)]
#[test]
fn it_is_the_version_that_is_wanted(nats: &Instance<Nats>) {
    let url = format!("{}/varz", nats.monitor_url());
    let said = client("curl", &["-sSf", &url]);
    assert!(said.contains("\"version\": \"2.15."), "{said}");
}
