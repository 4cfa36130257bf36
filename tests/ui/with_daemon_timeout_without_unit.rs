use fixtured::with_daemon;

#[with_daemon("my-server --port {port}", tcp = "127.0.0.1:{port}", timeout = 30)]
#[test]
fn serves(port: u16) {
    let _ = port;
}
