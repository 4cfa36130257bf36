use fixtured::fixture;

#[fixture(redis, wire = "200ms")]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
