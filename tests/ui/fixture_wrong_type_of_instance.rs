use fixtured::{Instance, daemons::Redis, fixture};

#[fixture(redis)]
#[test]
fn stores_a_key(redis: Instance<Redis>) {
    let _ = redis;
}
