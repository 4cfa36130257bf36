use fixtured::fixture;

#[fixture(redis, scope = "tets")]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
