use fixtured::SimpleExecutor;

#[test]
fn starts() {
    let server = SimpleExecutor::new("server").timeout(30).started();
    server.unwrap().stop().unwrap();
}
