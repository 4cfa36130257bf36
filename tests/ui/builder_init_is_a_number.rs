use fixtured::daemons;

#[test]
fn stores_a_user() {
    let _ = daemons::postgres().init(7);
}
