use fixtured::fixture;

#[fixture("redis")]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
