use fixtured::fixture;

#[fixture(postgres, init = 5)]
#[test]
fn stores(url: &str) {
    let _ = url;
}
