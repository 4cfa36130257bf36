use fixtured::fixture;

#[fixture(redis, port = "6379")]
#[test]
fn stores_a_key() {}
