use fixtured::{Acquire, daemons};

#[test]
fn stores_a_key() {
    let redis = daemons::redis().acquire().unwrap();
    let _ = redis.monitor_url();
}
