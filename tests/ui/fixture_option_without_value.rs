use fixtured::fixture;

#[fixture(redis, password)]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
