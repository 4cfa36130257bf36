use fixtured::fixture;

#[fixture(redis)]
#[test]
fn stores_a_key(port: u8) {
    let _ = port;
}
