use fixtured::fixture;

#[fixture(postgres, setting = "fsync")]
#[test]
fn stores_a_user() {}
