use fixtured::fixture;

struct Suite;

impl Suite {
    #[fixture(redis)]
    #[test]
    fn stores_a_key(&self, url: &str) {
        let _ = url;
    }
}
