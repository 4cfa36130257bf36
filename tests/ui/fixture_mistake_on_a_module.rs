use fixtured::fixture;

#[fixture(redis, scope = "tets")]
mod tests {
    #[test]
    fn stores_a_key(url: &str) {
        let _ = url;
    }

    #[test]
    fn forgets_a_key(url: &str) {
        let _ = url;
    }
}
