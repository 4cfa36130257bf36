use fixtured::daemons;

#[test]
fn stores_a_key() {
    let _ = daemons::redis().port("6379");
}
