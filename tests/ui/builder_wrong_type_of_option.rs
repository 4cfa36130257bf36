use fixtured::daemons;

#[test]
fn subscribes() {
    let _ = daemons::nats().port("4222");
}
