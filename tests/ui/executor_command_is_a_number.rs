use fixtured::SimpleExecutor;

#[test]
fn starts() {
    SimpleExecutor::new(8080).started().unwrap();
}
