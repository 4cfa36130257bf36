use fixtured::SimpleExecutor;

#[test]
fn starts() {
    let mut server = SimpleExecutor::new("server").started().unwrap();
    server.wait_for("ready").unwrap();
}
