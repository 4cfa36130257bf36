use fixtured::fixture;

#[fixture(redis)]
async fn stores_a_key(url: &str) {
    let _ = url;
}
