use fixtured::fixture;

#[fixture(redis)]
#[test]
fn stores_a_key(urll: &str) {
    let _ = urll;
}
