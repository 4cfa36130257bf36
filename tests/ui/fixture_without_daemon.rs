use fixtured::fixture;

#[fixture]
#[test]
fn stores_a_key(url: &str) {
    let _ = url;
}
