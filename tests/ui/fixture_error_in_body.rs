use fixtured::fixture;

#[fixture(redis)]
#[test]
fn stores_a_key(url: &str) {
    let length: u16 = url.len();
    let _ = length;
}
