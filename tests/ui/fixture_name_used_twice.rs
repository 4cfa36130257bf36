use fixtured::fixture;

#[fixture(redis)]
#[fixture(redis, password = "s3cret")]
#[test]
fn copies_a_key(redis_url: &str) {
    let _ = redis_url;
}
