use fixtured::fixture;

#[fixture(postgress)]
#[test]
fn stores_a_user() {}
