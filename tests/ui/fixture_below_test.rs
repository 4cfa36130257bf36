use fixtured::fixture;

#[test]
#[fixture(redis)]
fn stores_a_key(url: &str) {
    let _ = url;
}
