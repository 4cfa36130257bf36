use fixtured::fixture;

#[fixture(redis, pasword = "s3cret")]
#[test]
fn stores_a_key() {}
