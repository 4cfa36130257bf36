use fixtured::fixture;

#[fixture(redis)]
#[test]
fn stores_a_key(url: &u16) {
    let _ = url;
}
