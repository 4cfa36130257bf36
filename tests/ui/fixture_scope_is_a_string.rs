use fixtured::fixture;

#[fixture(redis, scope = test)]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
