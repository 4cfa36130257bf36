use fixtured::{Acquire, Instance, daemons};

#[test]
fn stores_a_key() {
    let _: Instance<daemons::Redis> = daemons::valkey().acquire().unwrap();
}
