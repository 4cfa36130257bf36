use fixtured::daemons;

#[test]
fn subscribes() {
    let _ = daemons::nats().jetstream();
}
